//! Asks a model over the engine's own client.

#[path = "../../writemagic-runs/src/ask.rs"]
mod ask;

use std::sync::Arc;

use writemagic::ai::transport::net::{Net, Trust};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ask::ask(Arc::new(Net::new(Trust::System)?))
}
