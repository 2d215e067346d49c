//! What a run says, up to its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use writemagic::ai::driver::{RunHandle, Runs, Told};
use writemagic::ai::model::{Microdollars, Usage};
use writemagic::ai::run::{Cause, Outcome, RunEnd, RunEvent};
use writemagic::ai::stream::StopReason;
use writemagic::{Code, RunId, Timestamp};
use writemagic_boundary::{Failure, Table};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::shape::Shape;
use crate::wire::{Encode, Shaped};
use crate::work::Waker;

/// Runs that somebody listens to.
pub(crate) static LISTENED: Table<Listened> = Table::new("run");

pub(crate) const PART: Part =
    Part { name: "run_events", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// A run, and the clock that its end is told by.
pub(crate) struct Listened {
    run: Mutex<RunHandle>,
    runs: Runs,
}

impl Wake for Waker {
    fn wake(self: Arc<Self>) {
        Waker::wake(*self);
    }
}

impl Listened {
    pub(crate) fn new(run: RunHandle, runs: &Runs) -> Self {
        Self { run: Mutex::new(run), runs: runs.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, RunHandle> {
        // A call that panics poisons the object's handle, too.
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next that is said, if it is there; else `waker` is told when it is.
    fn next(&self, waker: Waker) -> Option<RunNews> {
        let waker = Arc::new(waker).into();
        let told = self.lock().poll_next(&mut Context::from_waker(&waker));
        match told {
            Poll::Ready(Some(Told::Event(event))) => Some(RunNews::Event(event)),
            Poll::Ready(Some(Told::End(outcome))) => Some(RunNews::End(self.ended(*outcome))),
            Poll::Ready(None) | Poll::Pending => None,
        }
    }

    fn ended(&self, outcome: Outcome) -> EndedRun {
        let Outcome { end, text, usage, cost, candidate } = outcome;
        let end = match end {
            RunEnd::Completed { reason } => EndOfRun::Completed { reason },
            RunEnd::Interrupted { cause, resumable } => EndOfRun::Interrupted { cause, resumable },
            RunEnd::Cancelled => EndOfRun::Cancelled,
            RunEnd::Failed { cause, retry_at } => {
                let retry_at = retry_at.map(|moment| self.runs.time_of(moment));
                EndOfRun::Failed { cause, retry_at }
            }
        };
        EndedRun { end, text, usage, cost, candidate }
    }
}

/// What is heard of a run.
enum RunNews {
    /// Something on the way.
    Event(RunEvent),
    /// The end; nothing follows.
    End(EndedRun),
}

/// The end of a run. Debug output has no text.
struct EndedRun {
    /// The way in which it ended.
    end: EndOfRun,
    /// The answer as far as it came: whole if the run completed.
    text: String,
    /// What was used, at the model that was asked last; nothing if none was.
    usage: Option<Usage>,
    /// What that cost, where the price is known.
    cost: Option<Microdollars>,
    /// The place in the terms' list of the model that was asked last.
    candidate: Option<usize>,
}

/// In which of the four ways a run ended.
enum EndOfRun {
    /// The model said that it was done.
    Completed {
        /// Why it stopped there.
        reason: StopReason,
    },
    /// The answer broke off after content had come.
    Interrupted {
        /// Why.
        cause: Cause,
        /// Whether it makes sense to go on from the text.
        resumable: bool,
    },
    /// The user or the app stopped it.
    Cancelled,
    /// No content came.
    Failed {
        /// Why.
        cause: Cause,
        /// From when on it may make sense again, where that is known.
        retry_at: Option<Timestamp>,
    },
}

/// Why a run failed or was interrupted, as errors of calls are told.
struct RunCause {
    /// The code.
    code: Code,
    /// A sentence for developers, in English.
    message: String,
    /// Sizes, limits and the like, as one JSON object.
    details: String,
}

impl Shaped for Cause {
    const SHAPE: Shape = RunCause::SHAPE;
}

impl Encode for Cause {
    fn encode(&self, out: &mut Vec<u8>) {
        let failure = Failure::from(*self);
        let (code, details) = (failure.code(), failure.details_json());
        RunCause { code, message: failure.message().to_owned(), details }.encode(out);
    }
}

records! {
    out EndedRun as RunOutcome {
        end: EndOfRun,
        text: String,
        usage: Option<Usage>,
        cost: Option<Microdollars>,
        candidate: Option<usize>,
    }
    out RunCause as RunCause { code: Code, message: String, details: String }
}

choices! {
    out RunNews as RunNews { 0 Event(event: RunEvent), 1 End(outcome: EndedRun) }
    out EndOfRun as RunEnd {
        0 Completed { reason: StopReason },
        1 Interrupted { cause: Cause, resumable: bool },
        2 Cancelled,
        3 Failed { cause: Cause, retry_at: Option<Timestamp> },
    }
    out writemagic::ai::run::RunEvent as RunEvent {
        0 Started { candidate: usize, model: Option<String> },
        1 Text(text: String),
        2 Reasoning(text: String),
        3 ToolCall { index: u32, id: Option<String>, name: Option<String>, arguments: String },
        4 Usage(usage: Usage),
        5 Heartbeat,
        6 Retry { candidate: usize, after: Duration, cause: Cause },
        7 Fallback { candidate: usize, cause: Cause },
    }
}

operations! {
    RunHandle in LISTENED {
        get run(listened) -> RunId { Ok::<_, Failure>(listened.lock().run()) }
        /// The next that the run says, if it is there. Else the app is told with `token` when it is; behind the end it never is.
        hidden next_event(listened, token: u64) -> Option<RunNews> {
            Ok::<_, Failure>(listened.next(Waker(token)))
        }
        get is_ended(listened) -> bool { Ok::<_, Failure>(listened.lock().is_ended()) }
        now cancel(listened) -> () {
            listened.lock().cancel();
            Ok::<_, Failure>(())
        }
    }
}
