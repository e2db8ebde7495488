//! The GitHub client over HTTP, against a server that answers as told.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use landfall::github::{GitHub, Settings, SurveyError, TokenInfo};
use secrecy::SecretString;
use url::Url;

async fn asked(answer: fn(&HttpRequest) -> HttpResponse) -> Result<TokenInfo, SurveyError> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let app = move || {
        App::new()
            .default_service(web::to(move |request: HttpRequest| async move { answer(&request) }))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let base = Url::parse(&format!("http://{address}")).unwrap();
    let token = Some(SecretString::from("ghp_canary"));
    let github = GitHub::connect(Settings::new(base, token)).unwrap();
    assert!(!format!("{github:?}").contains("ghp_canary"));
    let info = github.token_info().await;
    handle.stop(false).await;
    serving.await.unwrap().unwrap();
    info
}

#[tokio::test]
async fn scopes_and_calls_left_are_read_from_the_answer() {
    let info = asked(|request| {
        assert_eq!(request.path(), "/rate_limit");
        let token = request.headers().get("authorization").unwrap().to_str().unwrap();
        assert_eq!(token, "Bearer ghp_canary");
        HttpResponse::Ok()
            .insert_header(("x-oauth-scopes", "repo, read:org"))
            .insert_header(("x-ratelimit-remaining", "4999"))
            .json(serde_json::json!({}))
    })
    .await
    .unwrap();
    assert_eq!(info.scopes, ["repo", "read:org"]);
    assert_eq!(info.calls_left, Some(4999));
}

#[tokio::test]
async fn a_fine_grained_token_names_no_scopes() {
    let info = asked(|_| HttpResponse::Ok().json(serde_json::json!({}))).await.unwrap();
    assert_eq!(info, TokenInfo { scopes: Vec::new(), calls_left: None });
}

#[tokio::test]
async fn refusals_and_redirects_are_told_apart() {
    let refused = asked(|_| HttpResponse::Unauthorized().finish()).await;
    assert!(matches!(refused, Err(SurveyError::Unauthorized)), "{refused:?}");
    let moved = asked(|_| {
        HttpResponse::Found().insert_header(("location", "http://127.0.0.1:9/")).finish()
    })
    .await;
    assert!(matches!(moved, Err(SurveyError::Status(302))), "{moved:?}");
}
