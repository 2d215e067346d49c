//! The app's own HTTP client as a transport: URLSession, OkHttp, or whatever honours the device's VPN, proxy and pinning.
//!
//! The engine hands a request to the app's [`HostClient`] together with a [`HostExchange`]; the app puts the response into
//! that as it comes. Between the two lie at most [`EXCHANGE_BYTES`]: a client that can wait does so in
//! [`HostExchange::data_blocking`], one that cannot asks how much was taken and brings the rest later.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use writemagic_shared::limits::EXCHANGE_BYTES;

use crate::stream::{Failure, FailureClass};

use super::{HttpRequest, Response, ResponseBody, ResponseHead, Sending, Transport};

const ROOM: usize = EXCHANGE_BYTES as usize;

/// Names one exchange of a [`HostTransport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(pub u64);

/// The app's HTTP client. It must not retry, and must not follow redirects to other hosts. It should give up a connection
/// that is not made within 10 s; without that a run waits for its first content, 30 s or more.
pub trait HostClient: Send + Sync + 'static {
    /// Begins an exchange and returns at once; what comes goes to `exchange`, from any thread.
    fn start(&self, request: HttpRequest, exchange: HostExchange);

    /// The engine no longer wants this exchange: its connection or stream should be closed now. Called at most once for an
    /// exchange, and never after its end.
    fn cancel(&self, exchange: ExchangeId);

    /// The app is back from the background, or the network is another one: connections that are kept open may be dead.
    fn forget_connections(&self) {}
}

/// Why an exchange failed, as the app's client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostNetworkError {
    /// There is no network, or the host was not found.
    Offline,
    /// A kept connection was dead before a byte of the response came.
    StaleSocket,
    /// Refused, reset, timed out, or any other trouble with a connection.
    Connection,
    /// The certificate was not accepted.
    Certificate,
}

/// A transport over the app's own client.
pub struct HostTransport {
    client: Arc<dyn HostClient>,
    next: AtomicU64,
}

/// Takes one response from the app's client. Calls after the end, or after the engine has cancelled, do nothing.
///
/// Dropped without an end it counts as a connection that broke.
pub struct HostExchange {
    id: ExchangeId,
    shared: Arc<Shared>,
}

/// The engine's end of an exchange.
struct Receiver {
    id: ExchangeId,
    shared: Arc<Shared>,
    client: Arc<dyn HostClient>,
}

struct Shared {
    state: Mutex<State>,
    /// Told when there is room again, or nobody wants more.
    room: Condvar,
}

#[derive(Default)]
struct State {
    head: Option<ResponseHead>,
    chunks: VecDeque<Bytes>,
    /// Bytes in `chunks`.
    waiting: usize,
    end: Option<Result<(), Failure>>,
    unwanted: bool,
    waker: Option<Waker>,
}

impl HostTransport {
    /// A transport over `client`.
    pub fn new(client: Arc<dyn HostClient>) -> Self {
        Self { client, next: AtomicU64::new(1) }
    }
}

impl Transport for HostTransport {
    fn send(&self, request: HttpRequest) -> Sending {
        // Relaxed: the number alone matters.
        let id = ExchangeId(self.next.fetch_add(1, Ordering::Relaxed));
        let client = Arc::clone(&self.client);
        Box::pin(async move {
            let shared = Arc::new(Shared { state: Mutex::default(), room: Condvar::new() });
            let mut receiver = Receiver { id, shared: Arc::clone(&shared), client: Arc::clone(&client) };
            client.start(request, HostExchange { id, shared });
            let head = poll_fn(|context| receiver.poll_head(context)).await?;
            Ok(Response::new(head, receiver))
        })
    }

    fn forget_connections(&self) {
        self.client.forget_connections();
    }
}

impl Receiver {
    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Result<ResponseHead, Failure>> {
        let mut state = self.shared.lock();
        if let Some(head) = state.head.take() {
            return Poll::Ready(Ok(head));
        }
        if let Some(end) = state.end {
            let failure = end.err().unwrap_or(Failure::new(FailureClass::Connection));
            return Poll::Ready(Err(failure));
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl ResponseBody for Receiver {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        let mut state = self.shared.lock();
        if let Some(chunk) = state.chunks.pop_front() {
            state.waiting -= chunk.len();
            drop(state);
            self.shared.room.notify_all();
            return Poll::Ready(Some(Ok(chunk)));
        }
        if let Some(end) = &mut state.end {
            // A failure is told once.
            return Poll::Ready(std::mem::replace(end, Ok(())).err().map(Err));
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let ended = {
            let mut state = self.shared.lock();
            state.unwanted = true;
            state.chunks.clear();
            state.waiting = 0;
            state.end.is_some()
        };
        self.shared.room.notify_all();
        if !ended {
            self.client.cancel(self.id);
        }
    }
}

impl HostExchange {
    /// The exchange's name, for [`HostClient::cancel`].
    pub fn id(&self) -> ExchangeId {
        self.id
    }

    /// Status and headers of the response; the first call counts.
    pub fn head(&self, head: ResponseHead) {
        let mut state = self.shared.lock();
        if state.head.is_none() && state.end.is_none() {
            state.head = Some(head);
        }
        Shared::wake(state);
    }

    /// More of the body; returns how many bytes from its start were taken. What was not taken has to be brought again,
    /// once [`has_room`](Self::has_room) says so. All of it is taken, and forgotten, when nobody wants it any more.
    #[must_use = "what was not taken has to be brought again"]
    pub fn data(&self, bytes: &[u8]) -> usize {
        let mut state = self.shared.lock();
        if state.unwanted || state.end.is_some() {
            return bytes.len();
        }
        let taken = bytes.len().min(ROOM - state.waiting);
        if taken > 0 {
            state.waiting += taken;
            state.chunks.push_back(Bytes::copy_from_slice(&bytes[..taken]));
            Shared::wake(state);
        }
        taken
    }

    /// More of the body; waits until all of it is taken. For clients that read on a thread of their own, which may wait:
    /// so the server is slowed down to the speed of the reader. Returns whether the exchange is still wanted.
    pub fn data_blocking(&self, mut bytes: &[u8]) -> bool {
        loop {
            bytes.advance(self.data(bytes));
            let mut state = self.shared.lock();
            while state.waiting >= ROOM && !state.unwanted && !bytes.is_empty() {
                state = self.shared.room.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if bytes.is_empty() || state.unwanted {
                return !state.unwanted;
            }
        }
    }

    /// Whether [`data`](Self::data) would take something now.
    pub fn has_room(&self) -> bool {
        let state = self.shared.lock();
        state.unwanted || state.waiting < ROOM
    }

    /// Whether the engine no longer wants the exchange.
    pub fn is_cancelled(&self) -> bool {
        self.shared.lock().unwanted
    }

    /// The response has ended in order.
    pub fn finish(self) {
        self.end(Ok(()));
    }

    /// The exchange has failed.
    pub fn fail(self, error: HostNetworkError) {
        self.end(Err(Failure::new(match error {
            HostNetworkError::Offline => FailureClass::Offline,
            HostNetworkError::StaleSocket => FailureClass::StaleSocket,
            HostNetworkError::Connection => FailureClass::Connection,
            HostNetworkError::Certificate => FailureClass::Certificate,
        })));
    }

    fn end(&self, end: Result<(), Failure>) {
        let mut state = self.shared.lock();
        if state.end.is_none() {
            state.end = Some(end);
        }
        Shared::wake(state);
    }
}

impl Drop for HostExchange {
    fn drop(&mut self) {
        self.end(Err(Failure::new(FailureClass::Connection)));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the engine, outside the lock.
    fn wake(mut state: MutexGuard<'_, State>) {
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl fmt::Debug for HostTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostTransport").finish_non_exhaustive()
    }
}

impl fmt::Debug for HostExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostExchange").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A client that keeps its exchanges for the test to fill.
    #[derive(Default)]
    struct Scripted {
        exchanges: Mutex<VecDeque<HostExchange>>,
        cancelled: Mutex<Vec<ExchangeId>>,
    }

    impl HostClient for Scripted {
        fn start(&self, _: HttpRequest, exchange: HostExchange) {
            self.exchanges.lock().unwrap().push_back(exchange);
        }

        fn cancel(&self, exchange: ExchangeId) {
            self.cancelled.lock().unwrap().push(exchange);
        }
    }

    fn transport() -> (Arc<Scripted>, HostTransport) {
        let client = Arc::new(Scripted::default());
        (Arc::clone(&client), HostTransport::new(client))
    }

    fn request() -> HttpRequest {
        HttpRequest::post("https://a.example/v1".into(), "{}")
    }

    impl Scripted {
        async fn exchange(&self) -> HostExchange {
            loop {
                if let Some(exchange) = self.exchanges.lock().unwrap().pop_front() {
                    return exchange;
                }
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_response_comes_through_in_order_with_its_end() {
        let (client, transport) = transport();
        let app = async {
            let exchange = client.exchange().await;
            exchange.head(ResponseHead::new(200, [("A", "1")]));
            exchange.head(ResponseHead::new(500, []));
            assert_eq!(exchange.data(b"It "), 3);
            assert_eq!(exchange.data(b"rained."), 7);
            exchange.finish();
        };
        let engine = async {
            let mut response = transport.send(request()).await.unwrap();
            assert_eq!((response.head().status(), response.head().header("a")), (200, Some("1")));
            assert_eq!(response.chunk().await.unwrap().unwrap(), "It ");
            assert_eq!(response.chunk().await.unwrap().unwrap(), "rained.");
            assert!(response.chunk().await.is_none());
        };
        tokio::join!(app, engine);
        assert!(client.cancelled.lock().unwrap().is_empty(), "what has ended is not cancelled");
    }

    #[tokio::test]
    async fn failures_come_before_the_head_or_behind_what_was_taken() {
        let (client, transport) = transport();
        let app = async {
            client.exchange().await.fail(HostNetworkError::Certificate);
            drop(client.exchange().await);
            let exchange = client.exchange().await;
            exchange.head(ResponseHead::new(200, []));
            assert_eq!(exchange.data(b"It"), 2);
            exchange.fail(HostNetworkError::Offline);
        };
        let engine = async {
            let class = |result: Result<Response, Failure>| result.map(|_| ()).unwrap_err().class;
            assert_eq!(class(transport.send(request()).await), FailureClass::Certificate);
            assert_eq!(class(transport.send(request()).await), FailureClass::Connection);
            let mut response = transport.send(request()).await.unwrap();
            assert_eq!(response.chunk().await.unwrap().unwrap(), "It");
            assert_eq!(response.chunk().await.unwrap().unwrap_err().class, FailureClass::Offline);
            assert!(response.chunk().await.is_none());
        };
        tokio::join!(app, engine);
    }

    #[tokio::test]
    async fn dropping_a_response_or_its_future_cancels_once() {
        let (client, transport) = transport();
        let mut sending = transport.send(request());
        assert!(futures_poll(&mut sending).is_pending());
        drop(sending);
        let exchange = client.exchange().await;
        assert!(exchange.is_cancelled());
        assert_eq!(*client.cancelled.lock().unwrap(), [exchange.id()]);
        assert_eq!(exchange.data(b"late"), 4, "late data is taken and forgotten");
        exchange.finish();
        assert_eq!(client.cancelled.lock().unwrap().len(), 1);
        drop(transport.send(request()));
        assert!(client.exchanges.lock().unwrap().is_empty(), "a future that nobody polls sends nothing");
    }

    fn futures_poll(sending: &mut Sending) -> Poll<Result<Response, Failure>> {
        sending.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn no_more_waits_than_the_limit_and_a_reader_makes_room() {
        let (client, transport) = transport();
        let mut sending = transport.send(request());
        assert!(futures_poll(&mut sending).is_pending());
        let exchange = client.exchange().await;
        exchange.head(ResponseHead::new(200, []));
        let Poll::Ready(Ok(mut response)) = futures_poll(&mut sending) else { panic!("the head is there") };
        assert_eq!(exchange.data(&vec![1; ROOM + 1]), ROOM);
        assert!(!exchange.has_room());
        assert_eq!(exchange.data(b"more"), 0);
        assert_eq!(response.chunk().await.unwrap().unwrap().len(), ROOM);
        assert!(exchange.has_room());
        let writer = std::thread::spawn(move || {
            let all = vec![2; 3 * ROOM];
            assert!(exchange.data_blocking(&all));
            exchange.finish();
        });
        let mut bytes = 0;
        while let Some(chunk) = response.chunk().await {
            bytes += chunk.unwrap().len();
        }
        assert_eq!(bytes, 3 * ROOM);
        writer.join().unwrap();
    }

    #[tokio::test]
    async fn a_writer_that_waits_for_room_is_freed_by_a_cancel() {
        let (client, transport) = transport();
        let mut sending = transport.send(request());
        assert!(futures_poll(&mut sending).is_pending());
        let exchange = client.exchange().await;
        exchange.head(ResponseHead::new(200, []));
        let writer = std::thread::spawn(move || exchange.data_blocking(&vec![2; 3 * ROOM]));
        drop(sending);
        assert!(!writer.join().unwrap());
    }
}
