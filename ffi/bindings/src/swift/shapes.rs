//! Types, and the expressions that read and write values of them.

use writemagic_operations::Shape;

use super::names::{member, type_name};

pub(super) fn swift_type(shape: Shape) -> String {
    match shape {
        Shape::Unit => "Void".to_owned(),
        Shape::Bool => "Bool".to_owned(),
        Shape::U32 | Shape::U64 => "Int".to_owned(),
        Shape::I64 => "Int64".to_owned(),
        Shape::F64 => "Double".to_owned(),
        Shape::Text => "String".to_owned(),
        Shape::Path => "URL".to_owned(),
        Shape::Bytes => "Data".to_owned(),
        Shape::Id(name)
        | Shape::Token(name)
        | Shape::Ticket(name)
        | Shape::Named(name)
        | Shape::Object(name) => type_name(name),
        Shape::App(name) => format!("any {}", type_name(name)),
        Shape::Timestamp => "Date".to_owned(),
        Shape::Duration => "TimeInterval".to_owned(),
        Shape::Floats => "[Float]".to_owned(),
        Shape::Code => "ErrorCode".to_owned(),
        Shape::Range => "TextRange".to_owned(),
        Shape::Option(Shape::App(name)) => format!("(any {})?", type_name(name)),
        Shape::Option(inner) => format!("{}?", swift_type(*inner)),
        Shape::List(inner) => format!("[{}]", swift_type(*inner)),
    }
}

/// The expression that reads a value, to stand behind a `try`. What it calls is of `reader`, which ends with a dot or is empty. An object
/// holds the one that it came from: `calls`.
pub(super) fn read(shape: Shape, reader: &str) -> String {
    match shape {
        Shape::Id(name) => format!("{}(rawValue: {reader}uuid())", type_name(name)),
        Shape::Token(name) => format!("{}(rawValue: {reader}text())", type_name(name)),
        Shape::Ticket(name) => format!("{}(rawValue: {reader}u64())", type_name(name)),
        Shape::Object(name) => format!("{}(handle: {reader}i64(), of: calls)", type_name(name)),
        Shape::Option(inner) => format!("{reader}option {{ try {} }}", read(*inner, "$0.")),
        Shape::List(inner) => format!("{reader}list {{ try {} }}", read(*inner, "$0.")),
        simple => format!("{reader}{}()", function(simple)),
    }
}

/// The statement that writes a value, to stand behind a `try`.
pub(super) fn write(shape: Shape, writer: &str, value: &str) -> String {
    match shape {
        Shape::Id(_) => format!("{writer}uuid({value}.rawValue)"),
        Shape::Token(_) => format!("{writer}text({value}.rawValue)"),
        Shape::Ticket(_) => format!("{writer}u64({value}.rawValue)"),
        Shape::Object(_) => format!("{writer}i64({value}.calls.handle)"),
        Shape::Option(inner) => format!("{writer}option({value}) {{ try {} }}", write(*inner, "$0.", "$1")),
        Shape::List(inner) => format!("{writer}list({value}) {{ try {} }}", write(*inner, "$0.", "$1")),
        simple => format!("{writer}{}({value})", function(simple)),
    }
}

/// What reads, or writes, values of this form.
fn function(shape: Shape) -> String {
    let name = match shape {
        Shape::Named(name) | Shape::App(name) => return member(name),
        Shape::Bool => "bool",
        Shape::U32 => "u32",
        Shape::U64 => "u64",
        Shape::F64 => "f64",
        Shape::Text => "text",
        Shape::Path => "path",
        Shape::Bytes => "bytes",
        Shape::Timestamp => "timestamp",
        Shape::Duration => "duration",
        Shape::Floats => "floats",
        Shape::Code => "code",
        Shape::Range => "range",
        _ => "i64",
    };
    name.to_owned()
}
