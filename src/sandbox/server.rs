//! The HTTP server: takes requests apart, plays the faults, sends the answers.

use super::clock::iso;
use super::faults::{FaultKind, Faults};
use super::github::is_for_github;
use super::journal::{Journal, Request};
use super::routes::Reply;
use super::sender;
use super::wire::{Answer, Call, Refusal};
use super::world::World;
use actix_web::body::{BodyStream, SizedStream};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the server, the sender and the handle share.
pub(super) struct Shared {
    world: Mutex<World>,
    pub(super) faults: Faults,
    pub(super) journal: Journal,
    pub(super) client: reqwest::Client,
}

impl Shared {
    pub(super) fn new(world: World, client: reqwest::Client) -> Self {
        let world = Mutex::new(world);
        Self { world, faults: Faults::default(), journal: Journal::default(), client }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a call that is never answered stays open.
const NEVER: Duration = Duration::from_secs(3600);

/// Every request goes through here.
pub(super) async fn serve(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let shared = shared.into_inner();
    let call = take_apart(&request, &body);
    let line = note_down(&shared, &call);
    let parts = match call.segments.as_slice() {
        [api, version, rest @ ..] if api == "api" && version == "v4" => rest.to_vec(),
        all => all.to_vec(),
    };
    let for_github = is_for_github(&call);
    let fault = shared.faults.strike(&call.method, &parts);
    let answer = match fault {
        None => execute(&shared, &call).await,
        Some(FaultKind::Delay(time)) => {
            tokio::time::sleep(time).await;
            execute(&shared, &call).await
        }
        Some(FaultKind::ResetBefore) => return cut(None),
        Some(FaultKind::ResetAfter) => {
            execute(&shared, &call).await;
            return cut(None);
        }
        Some(FaultKind::HalfBody) => return cut(Some(execute(&shared, &call).await)),
        Some(FaultKind::ExecuteThenTimeout) => {
            execute(&shared, &call).await;
            tokio::time::sleep(NEVER).await;
            return cut(None);
        }
        Some(FaultKind::ExecuteLate(time)) => {
            // A task of its own: it goes on when the caller hangs up.
            let late = Arc::clone(&shared);
            let task = actix_web::rt::spawn(async move {
                tokio::time::sleep(time).await;
                execute(&late, &call).await
            });
            task.await.unwrap_or_else(|_| Answer::empty(500))
        }
        Some(FaultKind::Status { status, body, headers }) => {
            return status_fault(&shared, line, status, body, &headers);
        }
        Some(FaultKind::Html200) => {
            Answer::html(200, "<!doctype html><title>Sign in</title><h1>Sign in</h1>".to_owned())
        }
        Some(FaultKind::Redirect(to)) => {
            let mut answer = Answer::empty(302);
            answer.headers.push(("location", to));
            answer
        }
    };
    shared.journal.answered(line, answer.status);
    respond(&shared, answer, for_github)
}

fn take_apart(request: &HttpRequest, body: &[u8]) -> Call {
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let uri = request.uri();
    let mut call = Call::new(request.method().as_str(), uri.path(), uri.query().unwrap_or(""));
    call.authorization = header("authorization");
    let bearer = || {
        let value = call.authorization.as_deref()?;
        value.strip_prefix("Bearer ").map(str::to_owned)
    };
    call.token = header("private-token").or_else(bearer);
    call.accept = header("accept").unwrap_or_default();
    call.if_none_match = header("if-none-match");
    call.event_uuid = header("x-gitlab-event-uuid");
    call.content_type = header("content-type").unwrap_or_default();
    call.body = body.to_vec();
    call
}

fn note_down(shared: &Shared, call: &Call) -> usize {
    let world = shared.world();
    let asker = world.authenticate(call.token.as_deref());
    let user = asker.ok().and_then(|asker| asker.user).map(|user| user.username);
    shared.journal.asked(Request {
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.raw_query.clone(),
        user,
        status: None,
        at: world.clock.peek(),
    })
}

async fn execute(shared: &Shared, call: &Call) -> Answer {
    let mut call = call.clone();
    let reply = call.read_params().and_then(|()| {
        let mut world = shared.world();
        if is_for_github(&call) {
            return Ok(Reply::Now(world.github_answer(&call)));
        }
        let asker = world.authenticate(call.token.as_deref())?;
        world.answer(&call, &asker)
    });
    match reply {
        Ok(Reply::Now(answer)) => with_etag(&call, answer),
        Ok(Reply::AfterDelivery { outgoing, test }) => {
            let status = sender::deliver(shared, *outgoing, true).await;
            match status {
                Some(200..300) if test => Answer::json(201, &json!({ "message": "201 Created" })),
                _ if test => Answer::json(422, &json!({ "message": "Hook execution failed" })),
                Some(status) => Answer::json(201, &json!({ "response_status": status })),
                None => Refusal::message(422, "Hook execution failed").into(),
            }
        }
        Err(refusal) => refusal.into(),
    }
}

/// Reads carry an ETag; who has the same already gets 304.
fn with_etag(call: &Call, mut answer: Answer) -> Answer {
    if call.method != "GET" || answer.status != 200 {
        return answer;
    }
    let mut hasher = DefaultHasher::new();
    answer.body.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    if call.if_none_match.as_deref() == Some(tag.as_str()) {
        answer.status = 304;
        answer.body.clear();
    }
    answer.headers.push(("etag", tag));
    answer
}

fn respond(shared: &Shared, answer: Answer, for_github: bool) -> HttpResponse {
    let now = shared.world().clock.peek();
    let reset = now.as_second().saturating_sub(now.as_second().rem_euclid(60)).saturating_add(60);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type(answer.content_type);
    if !for_github {
        let meta = json!({ "at": iso(now), "version": "1" }).to_string();
        response
            .insert_header(("ratelimit-limit", "2000"))
            .insert_header(("ratelimit-name", "throttle_authenticated_api"))
            .insert_header(("ratelimit-observed", "1"))
            .insert_header(("ratelimit-remaining", "1999"))
            .insert_header(("ratelimit-reset", reset.to_string()))
            .insert_header(("x-gitlab-meta", meta));
    }
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    response.body(answer.body)
}

fn status_fault(
    shared: &Shared,
    line: usize,
    status: u16,
    body: String,
    headers: &[(String, String)],
) -> HttpResponse {
    shared.journal.answered(line, status);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    for (name, value) in headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response.body(body)
}

/// Ends the connection: before the first byte of an answer, or in the middle of this one's body.
///
/// A body that fails before its first byte makes the server drop the connection with the head
/// still unsent.
fn cut(answer: Option<Answer>) -> HttpResponse {
    let broken = || io::Error::new(io::ErrorKind::ConnectionReset, "cut by a fault");
    let Some(answer) = answer else {
        let stream = futures_util::stream::once(async move { Err::<Bytes, _>(broken()) });
        return HttpResponse::Ok().body(BodyStream::new(stream));
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let (length, half) = (answer.body.len() as u64, answer.body.len() / 2);
    let bytes = Bytes::from(answer.body).slice(..half);
    let stream = futures_util::stream::unfold(Some(bytes), move |half| async move {
        let Some(half) = half else {
            // Lets the first half out before the end comes.
            tokio::time::sleep(Duration::from_millis(20)).await;
            return Some((Err(broken()), None));
        };
        Some((Ok::<_, io::Error>(half), None))
    });
    HttpResponse::build(status)
        .content_type(answer.content_type)
        .body(SizedStream::new(length, Box::pin(stream)))
}
