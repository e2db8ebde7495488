//! Hanging up on a sender whose body nobody wants.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpResponse, HttpResponseBuilder};

/// An empty body that keeps what is left of the request in hand until the answer has gone.
///
/// Once a handler lets go of a chunked request, the server swallows the rest of it for as long as
/// the sender likes to send. Of a body still in somebody's hand it knows that it will never be
/// read, and closes the connection.
struct Unread {
    _rest: Payload,
}

impl MessageBody for Unread {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

/// Ends an answer with an empty body; hangs up unless the request was read to its end.
pub(super) fn finish(mut answer: HttpResponseBuilder, rest: Payload) -> HttpResponse {
    answer.message_body(Unread { _rest: rest }).map_or_else(
        |error| error.error_response(),
        HttpResponse::map_into_boxed_body,
    )
}
