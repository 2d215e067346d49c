//! One attempt: through the gate, out, and back.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use crate::model::{HostAnswer, HostCall, HostModel};
use crate::resilience::{Entry, QueueFull, Slot};
use crate::stream::Failure;
use crate::transport::{Response, Sending};
use crate::wire::AnswerDecoder;

use super::reading::Reading;

/// As much as may follow the proven end of an answer, and for how long it is waited for.
const REST_BYTES: usize = 16 << 10;
const REST_TIME: Duration = Duration::from_secs(1);

/// How far the present attempt is. Dropping it drops its connection, its call, or its place in the queue.
#[derive(Default)]
pub(super) enum Exchange {
    /// There is none.
    #[default]
    None,
    /// It waits for its turn.
    Gate { attempt: Attempt, entry: Entry },
    /// It was sent, and nothing came back yet.
    Sent { attempt: Attempt, sending: Sending, reading: Reading, slot: Slot },
    /// Its response comes in.
    Response(Box<Incoming>),
    /// A model of the app answers.
    Host { attempt: Attempt, call: HostCalled, answer: HostAnswer, reading: Reading, slot: Slot },
}

/// Which attempt it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) number: u32,
    pub(super) candidate: usize,
    pub(super) on_new_connection: bool,
}

pub(super) struct Incoming {
    pub(super) attempt: Attempt,
    pub(super) response: Response,
    pub(super) decoder: AnswerDecoder,
    pub(super) reading: Reading,
    /// Given back when the exchange is over.
    pub(super) _slot: Slot,
}

/// A call of a host model, which is cancelled when this is dropped. Hosts ignore that for calls that ended.
pub(super) struct HostCalled {
    pub(super) model: Arc<dyn HostModel>,
    pub(super) call: HostCall,
}

impl Drop for HostCalled {
    fn drop(&mut self) {
        self.model.cancel(self.call);
    }
}

/// What came of waiting.
pub(super) enum Came {
    Turn(Result<Slot, QueueFull>),
    Head(Result<Response, Failure>),
    Chunk(Option<Result<Bytes, Failure>>),
    /// The host model's answer has something to take.
    Host,
}

impl Exchange {
    /// Waits for what comes next; for ever where there is no exchange. May be dropped and asked again without loss.
    pub(super) async fn next(&mut self) -> Came {
        match self {
            Exchange::None => pending().await,
            Exchange::Gate { entry, .. } => Came::Turn(entry.await),
            Exchange::Sent { sending, .. } => Came::Head(sending.await),
            Exchange::Response(incoming) => Came::Chunk(incoming.response.chunk().await),
            Exchange::Host { answer, .. } => {
                answer.wait().await;
                Came::Host
            }
        }
    }

    pub(super) fn attempt(&self) -> Option<Attempt> {
        match self {
            Exchange::None => None,
            Exchange::Gate { attempt, .. }
            | Exchange::Sent { attempt, .. }
            | Exchange::Host { attempt, .. } => Some(*attempt),
            Exchange::Response(incoming) => Some(incoming.attempt),
        }
    }

    /// What reads its answer, once it was sent.
    pub(super) fn reading(&mut self) -> Option<&mut Reading> {
        match self {
            Exchange::None | Exchange::Gate { .. } => None,
            Exchange::Sent { reading, .. } | Exchange::Host { reading, .. } => Some(reading),
            Exchange::Response(incoming) => Some(&mut incoming.reading),
        }
    }
}

/// Reads the little that follows the proven end of an answer, so that its connection can be kept for the next request. An
/// HTTP/1.1 connection whose response is dropped before its end is closed, and the next run pays for another one.
pub(super) async fn read_out(mut response: Response) {
    let rest = async {
        let mut read = 0;
        while let Some(Ok(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > REST_BYTES {
                break;
            }
        }
    };
    // In time or not: the response is dropped.
    let _ = timeout(REST_TIME, rest).await;
}
