//! Asks a model over a client of its own, which is never online.

mod ask;

use std::sync::Arc;

use writemagic::ai::transport::HttpRequest;
use writemagic::ai::transport::host::{
    ExchangeId, HostClient, HostExchange, HostNetworkError, HostTransport,
};

/// A client that is never online.
struct Client;

impl HostClient for Client {
    fn start(&self, _: HttpRequest, exchange: HostExchange) {
        exchange.fail(HostNetworkError::Offline);
    }

    fn cancel(&self, _: ExchangeId) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ask::ask(Arc::new(HostTransport::new(Arc::new(Client))))
}
