//! Types, and the expressions that read and write values of them.

use writemagic_operations::Shape;

use crate::prose::small;

pub(super) fn kotlin_type(shape: Shape) -> String {
    match shape {
        Shape::Unit => "Unit".to_owned(),
        Shape::Bool => "Boolean".to_owned(),
        Shape::U32 => "Int".to_owned(),
        Shape::U64 | Shape::I64 => "Long".to_owned(),
        Shape::Floats => "FloatArray".to_owned(),
        Shape::Code => "ErrorCode".to_owned(),
        Shape::F64 => "Double".to_owned(),
        Shape::Text | Shape::Path => "String".to_owned(),
        Shape::Bytes => "ByteArray".to_owned(),
        Shape::Id(name)
        | Shape::Token(name)
        | Shape::Ticket(name)
        | Shape::Named(name)
        | Shape::Object(name)
        | Shape::App(name) => name.to_owned(),
        Shape::Timestamp => "Instant".to_owned(),
        Shape::Duration => "Duration".to_owned(),
        Shape::Range => "TextRange".to_owned(),
        Shape::Option(inner) => format!("{}?", kotlin_type(*inner)),
        Shape::List(inner) => format!("List<{}>", kotlin_type(*inner)),
    }
}

/// The expression that reads a value.
pub(super) fn read(shape: Shape) -> String {
    match shape {
        Shape::Unit => String::new(),
        Shape::Id(name) => format!("{name}(uuid())"),
        Shape::Token(name) => format!("{name}(text())"),
        Shape::Ticket(name) => format!("{name}(u64())"),
        Shape::Named(name) => format!("{}()", small(name)),
        Shape::Option(inner) => format!("option {{ {} }}", read(*inner)),
        Shape::List(inner) => format!("list {{ {} }}", read(*inner)),
        Shape::Object(name) => format!("{name}(i64())"),
        simple => format!("{}()", primitive(simple)),
    }
}

/// The statement that writes a value.
pub(super) fn write(shape: Shape, value: &str) -> String {
    match shape {
        Shape::Id(_) => format!("uuid({value}.value)"),
        Shape::Token(_) => format!("text({value}.value)"),
        Shape::Ticket(_) => format!("u64({value}.value)"),
        Shape::Named(name) => format!("{}({value})", small(name)),
        Shape::Option(inner) => format!("option({value}) {{ {} }}", write(*inner, "it")),
        Shape::List(inner) => format!("list({value}) {{ {} }}", write(*inner, "it")),
        Shape::Object(_) => format!("i64({value}.calls.handle)"),
        Shape::App(name) => format!("{}({value})", small(name)),
        simple => format!("{}({value})", primitive(simple)),
    }
}

fn primitive(shape: Shape) -> &'static str {
    match shape {
        Shape::Bool => "bool",
        Shape::U32 => "u32",
        Shape::U64 => "u64",
        Shape::F64 => "f64",
        Shape::Text | Shape::Path => "text",
        Shape::Bytes => "bytes",
        Shape::Timestamp => "timestamp",
        Shape::Duration => "duration",
        Shape::Floats => "floats",
        Shape::Code => "code",
        Shape::Range => "range",
        _ => "i64",
    }
}
