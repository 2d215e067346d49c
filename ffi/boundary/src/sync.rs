//! Atomics, cells and locks of the slots: the standard library's, or under `cfg(loom)` those of the model checker.
//!
//! Models run with `RUSTFLAGS="--cfg loom"`; `cargo xtask test` runs them.

#[cfg(loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::{Mutex, MutexGuard, atomic},
};
#[cfg(not(loom))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

/// [`std::cell::UnsafeCell`] with loom's interface.
#[cfg(not(loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Calls `work` with a pointer for reading.
    #[inline(always)]
    pub(crate) fn with<R>(&self, work: impl FnOnce(*const T) -> R) -> R {
        work(self.0.get())
    }

    /// Calls `work` with a pointer for writing.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, work: impl FnOnce(*mut T) -> R) -> R {
        work(self.0.get())
    }
}

/// A constructor that is `const`, so that tables can be statics; in models, whose atomics have no constant
/// constructor, it is a plain one.
macro_rules! const_constructor {
    ($(#[$attribute:meta])* $visibility:vis fn new($($argument:ident: $type:ty),*) -> Self $body:block) => {
        #[cfg(not(loom))]
        $(#[$attribute])*
        $visibility const fn new($($argument: $type),*) -> Self $body

        #[cfg(loom)]
        $(#[$attribute])*
        $visibility fn new($($argument: $type),*) -> Self $body
    };
}

pub(crate) use const_constructor;
