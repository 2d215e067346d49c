//! The app's own HTTP client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use writemagic::ai::transport::host::{
    ExchangeId, HostClient, HostExchange, HostNetworkError, HostTransport,
};
use writemagic::ai::transport::{self, HttpRequest, ResponseHead};
use writemagic_boundary::{Failure, Table, close};
use zeroize::{Zeroize as _, Zeroizing};

use super::Transport;
use crate::declare::{choices, operations, records};
use crate::shape::Shape;
use crate::wire::{Blob, Decode, Encode, Input, Malformed, Shaped};
use crate::{Part, object};

/// Responses that the app brings, until they have ended.
pub(crate) static EXCHANGES: Table<Exchange> = Table::new("exchange");

pub(crate) const PART: Part =
    Part { name: "network", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// An exchange, and its number behind its end.
pub(crate) struct Exchange {
    id: ExchangeId,
    /// Shared with calls that bring data; gone when it has ended.
    open: Mutex<Option<Arc<HostExchange>>>,
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<HostExchange>>> {
        // It is taken whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that waits for nothing; `None` behind the end.
    fn with<R>(&self, work: impl FnOnce(&HostExchange) -> R) -> Option<R> {
        self.lock().as_deref().map(work)
    }

    /// Whom to tell the end; nobody where it was told. While a call waits that brings data the exchange has no end in order.
    fn end(&self) -> Option<HostExchange> {
        let open = self.lock().take();
        open.and_then(Arc::into_inner)
    }
}

impl Transport {
    /// The way to the network that it is.
    pub(crate) fn shared(self) -> Arc<dyn transport::Transport> {
        Arc::new(HostTransport::new(Arc::new(self)))
    }
}

impl HostClient for Transport {
    fn start(&self, request: HttpRequest, exchange: HostExchange) {
        let exchange = Exchange { id: exchange.id(), open: Mutex::new(Some(Arc::new(exchange))) };
        // What is dropped counts as a connection that broke.
        let Ok(handle) = EXCHANGES.insert(exchange) else { return };
        if Transport::start(self, Outgoing::of(&request), object::HostExchange(handle)).is_err() {
            let _ = close(&EXCHANGES, handle, "close_exchange");
        }
    }

    fn cancel(&self, ExchangeId(number): ExchangeId) {
        // Whether the app threw changes nothing: nobody wants the exchange any more.
        let _ = Transport::cancel(self, number);
    }

    fn forget_connections(&self) {
        let _ = Transport::forget_connections(self);
    }
}

/// A request to be sent: a POST. Debug output has nothing of what is sent.
pub(crate) struct Outgoing {
    /// Where to.
    url: String,
    /// What to send.
    body: Blob,
    /// The headers. Their values may be keys: they belong into no log.
    headers: Vec<OutgoingHeader>,
}

/// A header of a request. Debug output has neither name nor value.
struct OutgoingHeader {
    /// Its name, in lower case.
    name: &'static str,
    /// Its value.
    value: Zeroizing<String>,
}

impl Outgoing {
    fn of(request: &HttpRequest) -> Self {
        let header = |(name, value): (&'static str, &str)| OutgoingHeader {
            name,
            value: Zeroizing::new(value.to_owned()),
        };
        Self {
            url: request.url().to_owned(),
            body: Blob(request.body().to_vec()),
            headers: request.headers().map(header).collect(),
        }
    }
}

impl Shaped for Zeroizing<String> {
    const SHAPE: Shape = Shape::Text;
}

impl Encode for Zeroizing<String> {
    fn encode(&self, out: &mut Vec<u8>) {
        /// What may follow before the next such text: a header's name and lengths.
        const MORE: usize = 1 << 10;
        let wanted = self.len() + MORE;
        if out.capacity() - out.len() < wanted {
            // A vector that grows by itself leaves its bytes behind.
            let mut larger = Vec::with_capacity((out.capacity() * 2).max(out.len() + wanted));
            larger.extend_from_slice(out);
            out.zeroize();
            *out = larger;
        }
        self.as_str().encode(out);
    }
}

impl Decode for Zeroizing<String> {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        String::decode(input).map(Self::new)
    }
}

/// A header of a response.
struct ResponseHeader {
    /// Its name, in any case.
    name: String,
    /// Its value.
    value: String,
}

records! {
    out Outgoing as HttpRequest { url: String, body: Blob, headers: Vec<OutgoingHeader> }
    out OutgoingHeader as HttpHeader { name: &'static str, value: Zeroizing<String> }
    in ResponseHeader as ResponseHeader { name: String, value: String }
}

choices! {
    in writemagic::ai::transport::host::HostNetworkError as NetworkError {
        0 Offline,
        1 StaleSocket,
        2 Connection,
        3 Certificate,
    }
}

operations! {
    HostExchange in EXCHANGES {
        get id(exchange) -> u64 { Ok::<_, Failure>(exchange.id.0) }
        now head(exchange, status: u32, headers: Vec<ResponseHeader>) -> () {
            let headers = headers.iter().map(|header| (header.name.as_str(), header.value.as_str()));
            // No protocol has a larger one; the largest is no success either.
            let head = ResponseHead::new(u16::try_from(status).unwrap_or(u16::MAX), headers);
            let _ = exchange.with(|exchange| exchange.head(head));
            Ok::<_, Failure>(())
        }
        now data(exchange, bytes: Blob) -> usize {
            let taken = exchange.with(|exchange| exchange.data(&bytes.0)).unwrap_or(bytes.0.len());
            Ok::<_, Failure>(taken)
        }
        call data_blocking(exchange, bytes: Blob) -> bool {
            let open = exchange.lock().clone();
            Ok::<_, Failure>(open.is_some_and(|exchange| exchange.data_blocking(&bytes.0)))
        }
        get has_room(exchange) -> bool {
            Ok::<_, Failure>(exchange.with(HostExchange::has_room).unwrap_or(true))
        }
        get is_cancelled(exchange) -> bool {
            Ok::<_, Failure>(exchange.with(HostExchange::is_cancelled).unwrap_or(true))
        }
        now finish(exchange) -> () {
            if let Some(exchange) = exchange.end() {
                exchange.finish();
            }
            Ok::<_, Failure>(())
        }
        now fail(exchange, error: HostNetworkError) -> () {
            if let Some(exchange) = exchange.end() {
                exchange.fail(error);
            }
            Ok::<_, Failure>(())
        }
    }
}
