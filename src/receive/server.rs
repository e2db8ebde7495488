//! The HTTP server around the receiver, with the limits the receiver itself can't set.

use std::cell::Cell;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};

use super::{ReceiverSettings, answer};

/// Connections that one worker holds at a time; the rest wait in the kernel.
const CONNECTIONS_PER_WORKER: usize = 1024;
/// How long the rest of a refused request is swallowed, so that its sender gets to read the answer.
const LINGER: Duration = Duration::from_secs(1);

/// Set once a request on the connection was refused. The server still hands over what was sent
/// along with it; nobody shall get past a refusal by hiding behind it.
#[derive(Debug, Default)]
pub(super) struct HungUp(pub(super) Cell<bool>);

/// Serves these routes on a socket that listens already. Signals are the caller's business: stop it
/// by its handle. Other paths get 404 with an empty body unless `routes` says otherwise.
pub fn serve<F>(
    listener: TcpListener,
    workers: usize,
    settings: &ReceiverSettings,
    routes: F,
) -> io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let app = move || {
        App::new()
            .default_service(default_service())
            .configure(routes.clone())
    };
    // Whoever is being answered when the server stops has this long to finish.
    let grace = settings.body_deadline + settings.store_deadline;
    let server = HttpServer::new(app)
        .workers(workers)
        .max_connections(CONNECTIONS_PER_WORKER)
        .client_request_timeout(settings.head_deadline)
        .keep_alive(settings.idle_deadline)
        .client_disconnect_timeout(LINGER)
        .shutdown_timeout(grace.as_secs().max(1))
        .on_connect(|_, connection| {
            connection.insert(HungUp::default());
        })
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// What is nowhere: 404, empty.
pub fn default_service() -> actix_web::Route {
    web::to(answer::not_found)
}
