//! Every operation of the engine as a number and bytes.
//!
//! Kotlin and Swift reach the engine through a handful of functions: [`invoke`] and [`start`] for nearly everything, and
//! some more for what must be fast. What there is to call stands in [`operations`], what it takes and gives in [`types`], what it works
//! with in [`objects`], and what the engine asks of objects of the app in [`interfaces`] and [`questions`]:
//! `cargo xtask bindings` makes the sources of both platforms from them, with the documentation of the engine's own items.
//!
//! | File | What it declares |
//! | --- | --- |
//! | `shape`, `operation`, `declare` | how something is declared |
//! | `wire` | values as bytes |
//! | `object` | types of objects, and how they are closed |
//! | `work`, `host` | long work; who is told of it |
//! | `log` | where events of the engine are shown |
//! | `crash` | failures on purpose |
//! | `ran` | what the tests have called |
//! | `app` | the app's keys, network and models |
//! | one for each part of the engine | its types and operations |

mod app;
mod bible;
mod context;
pub mod crash;
mod declare;
mod documents;
mod exchange;
mod fingerprint;
mod folders;
mod history;
mod host;
mod library;
pub mod log;
mod memory;
mod object;
mod operation;
mod proof;
mod proposals;
mod providers;
mod ran;
mod recorded;
mod run_events;
mod runs;
mod search;
mod sessions;
mod shape;
mod tasks;
mod text;
mod transfer;
mod wire;
mod work;

use std::sync::LazyLock;

use writemagic::{Code, Coded, Details};
use writemagic_boundary::{Failure, Handle};

pub use app::{interfaces, questions};
pub use fingerprint::fingerprint;
pub use host::{AppThrew, Host, count_throw, set_host, throws, wake};
pub use object::{close_object, objects};
pub use operation::{Operation, Way};
pub use ran::not_run;
pub use sessions::{session_text, splice, splice_bytes};
pub use shape::{
    Choice, Direction, Field, HandleOf, Interface, Object, Question, Record, Shape, Type, Variant,
};
pub use work::{cancel, close_work, progress, take_result};

use operation::Run;
use work::Waker;

const PARTS: &[Part] = &[
    library::PART,
    documents::PART,
    folders::PART,
    sessions::PART,
    history::PART,
    recorded::PART,
    search::PART,
    transfer::PART,
    exchange::PART,
    memory::PART,
    bible::PART,
    context::PART,
    text::PART,
    providers::PART,
    tasks::PART,
    runs::PART,
    run_events::PART,
    proposals::PART,
    proof::PART,
    app::network::PART,
    app::models::PART,
    app::embedder::PART,
];

/// What one module declares.
#[derive(Debug)]
pub struct Part {
    /// The module.
    pub name: &'static str,
    operations: &'static [&'static [&'static Operation]],
    records: &'static [&'static Record],
    choices: &'static [&'static Choice],
}

impl Part {
    /// Its operations, in the order of their numbers.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + use<> {
        self.operations.iter().copied().flatten().copied()
    }

    /// Its types, in no order that matters.
    pub fn types(&self) -> impl Iterator<Item = Type> + use<> {
        let records = self.records.iter().copied().map(Type::Record);
        records.chain(self.choices.iter().copied().map(Type::Choice))
    }
}

/// All modules, in the order of the numbers of their operations.
pub fn parts() -> impl Iterator<Item = &'static Part> {
    PARTS.iter()
}

/// All operations, in the order of their numbers, from 0.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    parts().flat_map(Part::operations)
}

/// All types that cross, in no order that matters.
pub fn types() -> impl Iterator<Item = Type> {
    parts().flat_map(Part::types)
}

/// No operation has this number, or it is called in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no operation has the number {number} here: the app's classes and the library are not of one build")]
struct NoSuchOperation {
    number: u32,
}

impl Coded for NoSuchOperation {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        Details::none().with("what", "operation").with("value", u64::from(self.number))
    }
}

fn operation(number: u32) -> Result<&'static Operation, Failure> {
    /// Side by side: every call looks for one.
    static BY_NUMBER: LazyLock<Vec<&Operation>> = LazyLock::new(|| operations().collect());
    BY_NUMBER.get(number as usize).copied().ok_or_else(|| NoSuchOperation { number }.into())
}

/// Runs an operation with an object and a request, and gives its result as bytes.
///
/// # Errors
/// Those of the operation and of handles; `invalid_argument` for a request that the generated sources would not write.
pub fn invoke(number: u32, object: Handle, request: &[u8]) -> Result<Vec<u8>, Failure> {
    match operation(number)?.run {
        Run::Call(call) => call(object, request).inspect(|_| ran::note(number)),
        Run::Work(_) => Err(NoSuchOperation { number }.into()),
    }
}

/// Begins an operation that goes on by itself; [`Host::wake`] is called with `token` when it has ended.
///
/// # Errors
/// As [`invoke`]; `too_many_objects`.
pub fn start(number: u32, object: Handle, request: &[u8], token: u64) -> Result<Handle, Failure> {
    match operation(number)?.run {
        Run::Work(start) => start(object, request, Waker(token)).inspect(|_| ran::note(number)),
        Run::Call(_) => Err(NoSuchOperation { number }.into()),
    }
}
