//! How bytes leave and come back: the only door to a network.
//!
//! A [`Transport`] sends one request and gives its response as it comes. It neither retries nor follows redirects to other
//! hosts, and it knows no provider: what a response means is [`wire`](crate::wire)'s to say. There are two: [`host`], in
//! which the app's own client does the work, and `net` behind the feature of that name.

pub mod host;
mod message;
#[cfg(feature = "net")]
pub mod net;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::stream::Failure;

pub use message::{HttpRequest, ResponseHead};

/// A response that is on its way; dropping it cancels the exchange.
pub type Sending = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send>>;

/// Sends requests. Timers, retries and cancelling are the caller's: who no longer wants an exchange drops it. Only a
/// connection that is not made within 10 s is the transport's to give up: nobody else can tell that from a slow answer.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` once. Nothing happens before the future is polled.
    ///
    /// The failure is of class [`Offline`](crate::stream::FailureClass::Offline),
    /// [`StaleSocket`](crate::stream::FailureClass::StaleSocket),
    /// [`Connection`](crate::stream::FailureClass::Connection) or
    /// [`Certificate`](crate::stream::FailureClass::Certificate). Statuses are no failures here.
    fn send(&self, request: HttpRequest) -> Sending;

    /// Forgets connections that are kept open: the app is back from the background, or the network is another one.
    /// Exchanges that are under way go on.
    fn forget_connections(&self);
}

/// The body of a response, in chunks. Dropping it closes the connection or resets its stream.
pub trait ResponseBody: Send {
    /// The next chunk, or `None` at the end. Nothing is read from the network while nobody asks.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>>;
}

/// A response whose body is still to be read.
pub struct Response {
    head: ResponseHead,
    body: Box<dyn ResponseBody>,
}

impl Response {
    /// A response with this head and body.
    pub fn new(head: ResponseHead, body: impl ResponseBody + 'static) -> Self {
        Self { head, body: Box::new(body) }
    }

    /// Status and headers.
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// The next chunk of the body, or `None` at its end. May be dropped and asked again without loss.
    ///
    /// # Errors
    /// The [`Failure`] with which the connection broke; nothing comes after it.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        poll_fn(|context| self.body.poll_chunk(context)).await
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("head", &self.head).finish_non_exhaustive()
    }
}
