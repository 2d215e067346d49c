//! Models that the app runs itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use writemagic::ai::model::{
    self, Availability, HostCall, HostDescription, HostError, HostSink, Locality, Message, PrepareProgress,
    Request, Role, UnavailableReason, Usage,
};
use writemagic::ai::stream::StopReason;
use writemagic_boundary::{Failure, Table, close};

use super::HostModel;
use crate::declare::{choices, operations, records};
use crate::{Part, object};

/// Answers that models of the app are giving.
pub(crate) static SINKS: Table<Mutex<HostSink>> = Table::new("answer");

pub(crate) const PART: Part =
    Part { name: "models", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// A model of the app, and what it last said that it is.
pub(crate) struct AppModel {
    object: HostModel,
    described: Mutex<Option<HostDescription>>,
}

impl AppModel {
    pub(crate) fn new(object: HostModel) -> Self {
        Self { object, described: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HostDescription>> {
        // It is replaced whole.
        self.described.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl model::HostModel for AppModel {
    fn describe(&self) -> HostDescription {
        // The app is asked with no lock held.
        let now = self.object.describe();
        let mut described = self.lock();
        if let Ok(now) = now {
            *described = Some(now);
        }
        // One that has never said what it is is as far away as can be, and not available.
        described.clone().unwrap_or_else(|| HostDescription {
            name: String::new(),
            locality: Locality::Cloud,
            context_tokens: u64::MAX,
            max_output_tokens: u64::MAX,
            languages: Vec::new(),
            system: false,
            tools: false,
            json: false,
            prefill: false,
            images: false,
        })
    }

    fn availability(&self) -> Availability {
        match self.object.availability() {
            Ok(availability) if self.lock().is_some() => availability,
            _ => Availability::Unavailable(UnavailableReason::Other),
        }
    }

    /// The app fetches its models itself: what is told is how it is now.
    fn prepare(&self, progress: Box<dyn Fn(PrepareProgress) + Send + Sync>) {
        progress(match self.availability() {
            Availability::Available => PrepareProgress::Ready,
            Availability::Unavailable(reason) => PrepareProgress::Failed(HostError::Unavailable(reason)),
            _ => PrepareProgress::Failed(HostError::Unavailable(UnavailableReason::NotReady)),
        });
    }

    fn count(&self, text: &str) -> Option<u64> {
        self.object.count(text).ok().flatten()
    }

    fn generate(&self, request: &Request, sink: HostSink) -> Result<HostCall, HostError> {
        let Ok(handle) = SINKS.insert(Mutex::new(sink)) else {
            return Err(HostError::Busy { retry_after: None });
        };
        let begun = match self.object.generate(request, object::HostSink(handle)) {
            Ok(Begun::Call { number }) => return Ok(HostCall(number)),
            Ok(Begun::Failed { error }) => Err(error),
            Err(_) => Err(HostError::Other),
        };
        // The run has the error: what the sink's end says is not looked at.
        let _ = close(&SINKS, handle, "close_sink");
        begun
    }

    fn cancel(&self, HostCall(number): HostCall) {
        // Nobody wants the answer any more, whatever the app made of that.
        let _ = self.object.cancel(number);
    }
}

fn lock(sink: &Mutex<HostSink>) -> MutexGuard<'_, HostSink> {
    // A call that panics poisons the object's handle, too.
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a model has begun to answer.
pub(crate) enum Begun {
    /// It has.
    Call {
        /// What to cancel it by; the app chooses.
        number: u64,
    },
    /// It cannot; it has said nothing.
    Failed {
        /// Why.
        error: HostError,
    },
}

records! {
    both writemagic::ai::model::Request as ModelRequest {
        system: Option<String>,
        messages: Vec<Message>,
        max_output_tokens: u64,
        temperature: Option<f32>,
        stop: Vec<String>,
    }
    both writemagic::ai::model::Message as Message { role: Role, text: String }
    both writemagic::ai::model::Usage as Usage {
        input_tokens: u64 = "0",
        cache_read_tokens: u64 = "0",
        cache_write_tokens: u64 = "0",
        output_tokens: u64 = "0",
        reasoning_tokens: u64 = "0",
        estimated: bool,
    }
    in writemagic::ai::model::HostDescription as HostDescription {
        name: String,
        locality: Locality,
        context_tokens: u64,
        max_output_tokens: u64,
        languages: Vec<String>,
        system: bool,
        tools: bool,
        json: bool,
        prefill: bool,
        images: bool,
    }
}

choices! {
    both writemagic::ai::model::Role as Role { 0 User, 1 Assistant }
    both writemagic::ai::model::Locality as Locality { 0 Device, 1 Lan, 2 Cloud }
    in Begun as HostBegun { 0 Call { number: u64 }, 1 Failed { error: HostError } }
    in writemagic::ai::model::Availability as ModelAvailability {
        0 Available,
        1 Downloadable,
        2 Downloading { done: u64, total: Option<u64> },
        3 Unavailable(reason: UnavailableReason),
    }
    in writemagic::ai::model::UnavailableReason as UnavailableReason {
        0 DeviceNotEligible,
        1 NotEnabled,
        2 NotReady,
        3 UnsupportedLanguage,
        4 Other,
    }
    in writemagic::ai::model::HostError as HostModelError {
        0 Unavailable(reason: UnavailableReason),
        1 ContextTooLong { context_tokens: Option<u64> },
        2 RequestTooSmall,
        3 Refused,
        4 Busy { retry_after: Option<Duration> },
        5 BatteryQuota,
        6 Background,
        7 AnswerChanged,
        8 Other,
    }
    both writemagic::ai::stream::StopReason as StopReason {
        0 Answered,
        1 StopSequence,
        2 OutputLimit,
        3 ContextFull,
        4 ToolCall,
        5 Paused,
        6 Other,
    }
}

operations! {
    HostSink in SINKS {
        now text(sink, piece: String) -> () {
            lock(sink).text(&piece);
            Ok::<_, Failure>(())
        }
        now reasoning(sink, piece: String) -> () {
            lock(sink).reasoning(&piece);
            Ok::<_, Failure>(())
        }
        now snapshot(sink, answer: String) -> () {
            lock(sink).snapshot(&answer);
            Ok::<_, Failure>(())
        }
        now usage(sink, usage: Usage) -> () {
            lock(sink).usage(usage);
            Ok::<_, Failure>(())
        }
        now finished(sink, reason: StopReason = "StopReason.Answered") -> () {
            lock(sink).finished(reason);
            Ok::<_, Failure>(())
        }
        now failed(sink, error: HostError) -> () {
            lock(sink).failed(error);
            Ok::<_, Failure>(())
        }
        get is_unwanted(sink) -> bool { Ok::<_, Failure>(lock(sink).is_unwanted()) }
    }
}
