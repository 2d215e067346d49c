//! What an event may carry: numbers, ids, codes, moments, and words known at compile time.

use std::fmt;
use std::time::Duration;

use tracing::field::{DebugValue, DisplayValue, debug, display};
use uuid::Uuid;

use crate::error::Code;
use crate::id::{AgentId, DocumentId, FolderId, LibraryId};
use crate::runtime::Timestamp;

/// One value of an event, as sinks see it: never user text.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A count, size or offset.
    Unsigned(u64),
    /// A number that may be negative.
    Signed(i64),
    /// Yes or no.
    Bool(bool),
    /// A ratio or rate.
    Float(f64),
    /// How long something took.
    Duration(Duration),
    /// A moment.
    Time(Timestamp),
    /// An error's code.
    Code(Code),
    /// A document, folder, library or agent.
    Id(Uuid),
    /// A word known at compile time.
    Word(&'static str),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unsigned(value) => value.fmt(f),
            Value::Signed(value) => value.fmt(f),
            Value::Bool(value) => value.fmt(f),
            Value::Float(value) => value.fmt(f),
            Value::Duration(value) => fmt::Debug::fmt(value, f),
            Value::Time(value) => value.fmt(f),
            Value::Code(value) => value.fmt(f),
            Value::Id(value) => value.hyphenated().fmt(f),
            Value::Word(value) => value.fmt(f),
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A type whose values an event may carry. Sealed: no type that can hold user text is, or can be made, one.
///
/// `&'static str` is one and a shorter-lived `&str` is not, because a text that was typed, read or received
/// is never `'static`; leaking one on purpose is the only way round.
pub trait Field: Copy + sealed::Sealed {
    #[doc(hidden)]
    type Traced: tracing::Value;

    /// The value as sinks see it.
    fn value(self) -> Value;

    #[doc(hidden)]
    fn as_tracing(self) -> Self::Traced;
}

macro_rules! fields {
    ($($type:ty => $traced:ty, $self:ident $value:expr, $as_tracing:expr;)*) => {$(
        impl sealed::Sealed for $type {}

        impl Field for $type {
            type Traced = $traced;

            fn value($self) -> Value {
                $value
            }

            fn as_tracing($self) -> $traced {
                $as_tracing
            }
        }
    )*};
}

fields! {
    u8 => u64, self Value::Unsigned(self.into()), self.into();
    u16 => u64, self Value::Unsigned(self.into()), self.into();
    u32 => u64, self Value::Unsigned(self.into()), self.into();
    u64 => u64, self Value::Unsigned(self), self;
    usize => u64, self Value::Unsigned(self as u64), self as u64;
    i8 => i64, self Value::Signed(self.into()), self.into();
    i16 => i64, self Value::Signed(self.into()), self.into();
    i32 => i64, self Value::Signed(self.into()), self.into();
    i64 => i64, self Value::Signed(self), self;
    isize => i64, self Value::Signed(self as i64), self as i64;
    bool => bool, self Value::Bool(self), self;
    f64 => f64, self Value::Float(self), self;
    Duration => DebugValue<Duration>, self Value::Duration(self), debug(self);
    Timestamp => DisplayValue<Timestamp>, self Value::Time(self), display(self);
    Code => &'static str, self Value::Code(self), self.name();
    DocumentId => DisplayValue<DocumentId>, self Value::Id(self.uuid()), display(self);
    FolderId => DisplayValue<FolderId>, self Value::Id(self.uuid()), display(self);
    LibraryId => DisplayValue<LibraryId>, self Value::Id(self.uuid()), display(self);
    AgentId => DebugValue<AgentId>, self Value::Id(Uuid::from_bytes(*self.as_bytes())), debug(self);
    &'static str => &'static str, self Value::Word(self), self;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_a_person_writes_them() {
        let shown = |value: Value| value.to_string();
        assert_eq!(shown(3_usize.value()), "3");
        assert_eq!(shown((-3_i8).value()), "-3");
        assert_eq!(shown(true.value()), "true");
        assert_eq!(shown(0.25.value()), "0.25");
        assert_eq!(shown(Duration::from_micros(1_500).value()), "1.5ms");
        assert_eq!(shown(Timestamp::from_millis(0).value()), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(Code::DiskFull.value()), "disk_full");
        assert_eq!(shown("main".value()), "main");
    }

    #[test]
    fn every_kind_of_id_is_shown_in_full() {
        let bytes = *b"0123456789abcdef";
        let shown = "30313233-3435-3637-3839-616263646566";
        assert_eq!(DocumentId::from_bytes(bytes).value().to_string(), shown);
        assert_eq!(FolderId::from_bytes(bytes).value().to_string(), shown);
        assert_eq!(LibraryId::from_bytes(bytes).value().to_string(), shown);
        assert_eq!(AgentId::from_bytes(bytes).value().to_string(), shown);
    }
}
