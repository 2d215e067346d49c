//! What crosses the boundary, described: from these descriptions the Kotlin and Swift sources are made.

/// The form of a value as bytes; the comment says how it is written. Numbers are little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Unit,
    /// One byte: 0 or 1.
    Bool,
    /// 4 bytes, without a sign.
    U32,
    /// 8 bytes, without a sign; below 2^63.
    U64,
    /// 8 bytes, with a sign.
    I64,
    /// 8 bytes, IEEE 754.
    F64,
    /// The length in bytes as [`Shape::U32`], then UTF-8.
    Text,
    /// As [`Shape::Text`]: where a file or a folder is.
    Path,
    /// The length as [`Shape::U32`], then the bytes.
    Bytes,
    /// 16 bytes: a UUID of this type.
    Id(&'static str),
    /// A text that only means something to the engine: a type of its own around [`Shape::Text`].
    Token(&'static str),
    /// As [`Shape::U64`]: a number that counts something of this type, and is never computed with.
    Ticket(&'static str),
    /// Milliseconds since 1970 as [`Shape::I64`].
    Timestamp,
    /// Milliseconds as [`Shape::U64`].
    Duration,
    /// How many as [`Shape::U32`], then 4 bytes each, IEEE 754.
    Floats,
    /// The number of an error code as [`Shape::U32`].
    Code,
    /// Two [`Shape::U64`]: the start and the end of a range, the end not in it.
    Range,
    /// A byte, 0 for none, or 1 and the value.
    Option(&'static Shape),
    /// How many as [`Shape::U32`], then one behind the other.
    List(&'static Shape),
    /// The fields of a [`Record`], or a byte and the fields of one variant of a [`Choice`], by its name.
    Named(&'static str),
    /// A handle as [`Shape::I64`], of an object of this type.
    Object(&'static str),
    /// 8 bytes: the number that the app gave to an object of its own with this interface. It is given anew each time that it crosses,
    /// and released once.
    App(&'static str),
}

/// A field of a record or of a variant.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As Rust has it.
    pub name: &'static str,
    /// Its form.
    pub shape: Shape,
    /// What it is where the caller does not say, as a Kotlin and Swift literal; by its shape where there is none: no value, nothing in
    /// the list, false. Texts and numbers without one must be given.
    pub default: Option<&'static str>,
}

/// Which way a type crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the engine to the app.
    Out,
    /// From the app to the engine.
    In,
    /// Both ways.
    Both,
}

/// A type with fields.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// In Kotlin and Swift.
    pub name: &'static str,
    /// The path of the Rust type, where its documentation is.
    pub rust: &'static str,
    /// Which way it crosses.
    pub direction: Direction,
    /// In the order in which they are written.
    pub fields: &'static [Field],
    /// What methods of the Rust type say, written behind the fields.
    pub methods: &'static [Field],
}

/// One of the things that a [`Choice`] can be.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The byte that stands for it.
    pub tag: u8,
    /// As Rust has it.
    pub name: &'static str,
    /// In the order in which they are written; none for most.
    pub fields: &'static [Field],
}

/// A type that is one of several things.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// In Kotlin and Swift.
    pub name: &'static str,
    /// The path of the Rust type, where its documentation is.
    pub rust: &'static str,
    /// Which way it crosses.
    pub direction: Direction,
    /// By ascending tag.
    pub variants: &'static [Variant],
}

/// A type that is a record or a choice.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// With fields.
    Record(&'static Record),
    /// One of several.
    Choice(&'static Choice),
}

impl Type {
    /// In Kotlin and Swift.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Record(record) => record.name,
            Self::Choice(choice) => choice.name,
        }
    }
}

/// A type of objects that operations work with.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// In Kotlin and Swift.
    pub name: &'static str,
    /// The path of the Rust type, where its documentation is.
    pub rust: &'static str,
    /// What handle operations of this object take.
    pub handle: HandleOf,
}

/// Where the handle of an object is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleOf {
    /// It has one of its own, which is to be closed.
    Itself,
    /// It is another one's: these are more of the operations of that object.
    Other(&'static str),
    /// There is none: all operations do without.
    None,
}

/// An interface of which the app has objects.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// In Kotlin and Swift.
    pub name: &'static str,
    /// The path of the Rust trait, where its documentation is.
    pub rust: &'static str,
}

/// Something that an object of the app is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What [`Host::ask`](crate::Host::ask) is given.
    pub number: u32,
    /// The [`Interface`].
    pub object: &'static str,
    /// As Rust has it.
    pub name: &'static str,
    /// What it does, line by line, where the trait has no method of this name; else nothing.
    pub documentation: &'static [&'static str],
    /// In the order in which they are written.
    pub arguments: &'static [Field],
    /// What it answers.
    pub result: Shape,
}
