//! One operation: what it takes and gives, and how it is run.

use writemagic_boundary::{Failure, Handle};

use crate::shape::{Field, Shape};
use crate::work::Waker;

/// How an operation is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Says something of an object, in no time, and changes nothing: a property.
    Get,
    /// Touches no disk, and waits for nothing that does: from any thread.
    Now,
    /// May touch the disk: not from an app's main thread.
    Call,
    /// As [`Way::Call`]; the API of each platform has it in a form of its own.
    Hidden,
    /// Begins work that goes on by itself: [`start`](crate::start).
    Work,
}

/// Something that can be done with an object of the engine.
#[derive(Debug)]
pub struct Operation {
    /// As Rust has it.
    pub name: &'static str,
    /// The type of the object.
    pub object: &'static str,
    /// Whether it works with an object; any handle will do where it does not.
    pub takes_object: bool,
    /// How it is called.
    pub way: Way,
    /// What it does, line by line, where the engine has no method of this name on this object; else nothing.
    pub documentation: &'static [&'static str],
    /// In the order in which they are written.
    pub arguments: &'static [Field],
    /// What it gives; of [`Way::Work`] in the end.
    pub result: Shape,
    pub(crate) run: Run,
}

/// An operation at once: the object and the request.
type Call = fn(Handle, &[u8]) -> Result<Vec<u8>, Failure>;
/// One that begins work: the object, the request, and who is told when it ends.
type Start = fn(Handle, &[u8], Waker) -> Result<Handle, Failure>;

#[derive(Debug)]
pub(crate) enum Run {
    Call(Call),
    Work(Start),
}

/// What a body says, its error as it crosses.
pub(crate) fn told<R, E: Into<Failure>>(body: impl FnOnce() -> Result<R, E>) -> Result<R, Failure> {
    body().map_err(E::into)
}
