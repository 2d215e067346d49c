//! Types of objects: their handles as values, what they are called, and how they are closed.

use writemagic::{Code, Coded, Details};
use writemagic_boundary::{Failure, Handle};

use crate::shape::{HandleOf, Object, Shape};
use crate::wire::{Decode, Encode, Input, Malformed, Shaped};

/// Objects with a handle of their own: `Name in TABLE as path::of::Type;`. The handle as a value has the object's name.
macro_rules! objects {
    ($($name:ident in $table:path as $rust:path, closed by $close:expr;)*) => {
        $(
            #[derive(Clone, Copy, Debug)]
            pub(crate) struct $name(pub(crate) Handle);

            impl Shaped for $name {
                const SHAPE: Shape = Shape::Object(stringify!($name));
            }

            impl Encode for $name {
                fn encode(&self, out: &mut Vec<u8>) {
                    out.extend_from_slice(&self.0.raw().to_le_bytes());
                }
            }

            impl Decode for $name {
                fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
                    input.handle().map(Self)
                }
            }
        )*

        const OWN: &[(Object, Close)] = &[$((
            Object { name: stringify!($name), rust: stringify!($rust), handle: HandleOf::Itself },
            $close,
        )),*];
    };
}

type Close = fn(Handle) -> Result<bool, Failure>;

macro_rules! close {
    ($table:path) => {
        |handle| writemagic_boundary::close(&$table, handle, concat!("close_", stringify!($table)))
    };
}

objects! {
    Library in crate::library::LIBRARIES as writemagic::Library, closed by crate::library::close_library;
    EditSession in crate::sessions::SESSIONS as writemagic::EditSession, closed by close!(crate::sessions::SESSIONS);
    Subscription in crate::sessions::SUBSCRIPTIONS as writemagic::Subscription, closed by close!(crate::sessions::SUBSCRIPTIONS);
    RecordedHistory in crate::recorded::RECORDED as writemagic::RecordedHistory, closed by close!(crate::recorded::RECORDED);
    HostExchange in crate::app::network::EXCHANGES as writemagic::ai::transport::host::HostExchange, closed by close!(crate::app::network::EXCHANGES);
    HostSink in crate::app::models::SINKS as writemagic::ai::model::HostSink, closed by close!(crate::app::models::SINKS);
    Writing in crate::tasks::WRITINGS as writemagic::ai::Writing, closed by close!(crate::tasks::WRITINGS);
    Question in crate::tasks::QUESTIONS as writemagic::ai::Question, closed by close!(crate::tasks::QUESTIONS);
    SessionSummary in crate::tasks::SUMMARIES as writemagic::ai::SessionSummary, closed by close!(crate::tasks::SUMMARIES);
    Runs in crate::runs::RUNS as writemagic::ai::driver::Runs, closed by close!(crate::runs::RUNS);
    RunHandle in crate::run_events::LISTENED as writemagic::ai::driver::RunHandle, closed by close!(crate::run_events::LISTENED);
    Proof in crate::proof::PROOFS as writemagic::ai::proof::Proof, closed by close!(crate::proof::PROOFS);
    ProofProfile in crate::proof::PROFILES as writemagic::ai::proof::Profile, closed by close!(crate::proof::PROFILES);
}

/// Objects whose operations take the handle of another one, or none.
const OTHERS: &[Object] = &[
    Object { name: "Assistant", rust: "writemagic::ai::Assistant", handle: HandleOf::Other("Library") },
    Object { name: "Ledger", rust: "writemagic::ai::ledger::Ledger", handle: HandleOf::Other("Library") },
    Object {
        name: "Proposals",
        rust: "writemagic::ai::proposal::Proposals",
        handle: HandleOf::Other("Library"),
    },
    Object { name: "Text", rust: "writemagic::text", handle: HandleOf::None },
];

/// All types of objects, in the order of their numbers, from 0: first those with a handle of their own.
pub fn objects() -> impl Iterator<Item = Object> {
    OWN.iter().map(|(object, _)| *object).chain(OTHERS.iter().copied())
}

/// No object that can be closed has this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no objects have the number {number} here: the app's classes and the library are not of one build")]
struct NoSuchObject {
    number: u32,
}

impl Coded for NoSuchObject {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        Details::none().with("what", "object").with("value", u64::from(self.number))
    }
}

/// Closes an object, whose type has this number in [`objects()`]; `false` where it was closed before. Calls that run finish, later
/// ones fail.
///
/// # Errors
/// A handle that is no such object's; `invalid_argument` for a number that no type has. Where something of a library cannot be
/// saved, why: it is still open then, with nothing lost, and closing can be tried again.
pub fn close_object(number: u32, handle: Handle) -> Result<bool, Failure> {
    match OWN.get(number as usize) {
        Some((_, close)) => close(handle),
        None => Err(NoSuchObject { number }.into()),
    }
}
