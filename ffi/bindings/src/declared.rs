//! What there is to make sources of, as every language looks at it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use anyhow::{Result, bail};
use writemagic_operations::{Choice, Field, Operation, Shape, Type};
use writemagic_shared::error::Code;

use crate::docs::{Docs, TypeDocs};

/// Types of Rust whose methods operations are called after, the nearest first.
const METHODS_OF: [&str; 9] = [
    "Library",
    "EditSession",
    "Assistant",
    "Proposals",
    "Runs",
    "RunHandle",
    "Ledger",
    "Subscription",
    "HostTransport",
];

/// Types that cross as texts, and what they are called in Rust.
const TOKENS: [(&str, &str); 2] = [("VersionId", "graph::Version"), ("DocumentCursor", "document::Cursor")];

/// Types of the engine in whose place others cross.
const INSTEAD: [(&str, &str); 1] = [("Told", "RunNews")];

/// Objects whose class is written by hand, around a generated part.
pub(crate) const HAND_WRITTEN: [&str; 3] = ["Library", "EditSession", "RunHandle"];

/// Everything that is declared, with its documentation.
pub(crate) struct Declared<'a> {
    docs: &'a Docs,
    /// By name.
    pub(crate) types: BTreeMap<&'static str, Type>,
    /// With their numbers.
    pub(crate) operations: Vec<(usize, &'static Operation)>,
    /// What has no documentation.
    missing: BTreeSet<String>,
}

/// Types around one number or text.
#[derive(Default)]
pub(crate) struct Ids {
    /// Around a UUID.
    pub(crate) ids: BTreeSet<&'static str>,
    /// Around a number that counts.
    pub(crate) tickets: BTreeSet<&'static str>,
    /// Around a text that means something to the engine alone.
    pub(crate) tokens: BTreeSet<&'static str>,
}

/// What a field or an argument is where nobody says.
pub(crate) enum Default {
    /// No value.
    Nothing,
    /// A list with nothing in it.
    EmptyList,
    /// Not so.
    False,
    /// A record that nobody said anything of.
    Record(&'static str),
    /// A variant of a choice.
    Variant(&'static Choice, &'static str),
    /// A number or a text, as every language spells it.
    Literal(&'static str),
}

impl<'a> Declared<'a> {
    pub(crate) fn new(docs: &'a Docs) -> Self {
        Self {
            docs,
            types: writemagic_operations::types().map(|known| (known.name(), known)).collect(),
            operations: writemagic_operations::operations().enumerate().collect(),
            missing: BTreeSet::new(),
        }
    }

    /// Whether the engine keeps the texts of a type out of what is printed for developers, as its words say or its code does.
    pub(crate) fn is_quiet(&self, name: &str) -> bool {
        let docs = match self.types.get(name) {
            None => None,
            Some(Type::Record(record)) => {
                let members: Vec<&str> = record.fields.iter().map(|field| field.name).collect();
                self.docs.of_type(record.rust, &members)
            }
            Some(Type::Choice(choice)) => self.of_choice(choice),
        };
        docs.is_some_and(|docs| docs.prints_itself || docs.text.to_lowercase().contains("debug output"))
    }

    /// Whether a value of this shape tells no text when it is printed.
    pub(crate) fn has_no_text(&self, shape: Shape) -> bool {
        match shape {
            Shape::Text | Shape::Bytes => false,
            Shape::Option(inner) | Shape::List(inner) => self.has_no_text(*inner),
            Shape::Named(name) if self.is_quiet(name) => true,
            Shape::Named(name) => {
                let known = self.types.get(name);
                known.is_some_and(|known| fields_of(known).all(|field| self.has_no_text(field.shape)))
            }
            _ => true,
        }
    }

    /// The engine's own words.
    pub(crate) fn docs(&self) -> &'a Docs {
        self.docs
    }

    /// The operations of a type of objects.
    pub(crate) fn operations_of(&self, object: &str) -> Vec<(usize, &'static Operation)> {
        self.operations.iter().filter(|(_, operation)| operation.object == object).copied().collect()
    }

    /// What is said where something is declared, else what the engine says.
    pub(crate) fn documentation(&self, types: &[&str], method: &str, own: &[&str]) -> Option<String> {
        if own.is_empty() {
            let types: Vec<&str> = types.iter().chain(&METHODS_OF).copied().collect();
            return self.docs.of_method(&types, method).map(str::to_owned);
        }
        let lines: Vec<&str> = own.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        Some(lines.join("\n"))
    }

    /// What a type of Rust says of itself that has no fields to tell it by.
    pub(crate) fn of_type(&self, rust: &str) -> Option<&'a str> {
        self.docs.of_type(rust, &[]).map(|docs| docs.text.as_str())
    }

    /// What a choice says of itself.
    pub(crate) fn of_choice(&self, choice: &Choice) -> Option<&'a TypeDocs> {
        let members: Vec<&str> = choice.variants.iter().map(|variant| variant.name).collect();
        self.docs.of_type(choice.rust, &members)
    }

    /// As [`Declared::of_type`], of a type around a text.
    pub(crate) fn of_token(&self, token: &str) -> Option<&'a str> {
        self.of_type(TOKENS.iter().find(|(name, _)| *name == token).map_or(token, |(_, rust)| rust))
    }

    /// Notes that something has no documentation.
    pub(crate) fn miss(&mut self, of: String) {
        self.missing.insert(of);
    }

    /// # Errors
    /// With what was noted, if anything was.
    pub(crate) fn check(self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        bail!("without documentation:\n  {}", self.missing.into_iter().collect::<Vec<_>>().join("\n  "))
    }

    /// The type that this choice or record of Rust is.
    pub(crate) fn of_rust(&self, rust: &str) -> Option<Type> {
        self.types.values().copied().find(|known| rust_of(known) == rust)
    }

    /// What a field or an argument is where nobody says; `None` where somebody must.
    pub(crate) fn default(&self, field: &Field) -> Option<Default> {
        Some(match (field.default, field.shape) {
            (Some(literal), Shape::Named(name)) => match (self.types.get(name)?, literal.split_once('.')) {
                (Type::Choice(choice), Some((_, variant))) => Default::Variant(choice, variant),
                _ => Default::Record(name),
            },
            (Some(literal), _) => Default::Literal(literal),
            (None, Shape::Option(_)) => Default::Nothing,
            (None, Shape::List(_)) => Default::EmptyList,
            (None, Shape::Bool) => Default::False,
            (None, Shape::Named(name)) => match self.types.get(name)? {
                Type::Record(record) if record.fields.iter().all(|field| self.default(field).is_some()) => {
                    Default::Record(name)
                }
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Ids and tokens that occur anywhere.
    pub(crate) fn ids(&self) -> Ids {
        let mut found = Ids::default();
        for known in self.types.values() {
            fields_of(known).for_each(|field| found.note(field.shape));
        }
        for (_, operation) in &self.operations {
            found.note(operation.result);
            operation.arguments.iter().for_each(|argument| found.note(argument.shape));
        }
        found
    }
}

impl Ids {
    fn note(&mut self, shape: Shape) {
        match shape {
            Shape::Id(name) => {
                self.ids.insert(name);
            }
            Shape::Token(name) => {
                self.tokens.insert(name);
            }
            Shape::Ticket(name) => {
                self.tickets.insert(name);
            }
            Shape::Option(inner) | Shape::List(inner) => self.note(*inner),
            _ => {}
        }
    }
}

/// All fields of a type, those of all its variants where it has such.
pub(crate) fn fields_of(known: &Type) -> Box<dyn Iterator<Item = &'static Field>> {
    match known {
        Type::Record(record) => Box::new(record.fields.iter().chain(record.methods)),
        Type::Choice(choice) => Box::new(choice.variants.iter().flat_map(|variant| variant.fields)),
    }
}

pub(crate) fn rust_of(known: &Type) -> &'static str {
    match known {
        Type::Record(record) => record.rust,
        Type::Choice(choice) => choice.rust,
    }
}

/// The name of a type, without its path.
pub(crate) fn last(rust: &str) -> &str {
    rust.rsplit("::").next().unwrap_or(rust).trim()
}

/// Whether no variant has a field.
pub(crate) fn is_plain(choice: &Choice) -> bool {
    choice.variants.iter().all(|variant| variant.fields.is_empty())
}

/// What an item of the engine is called, from its type on, by its parts: modules and crates mean nothing on the other side. A constant
/// or a method may stand alone. `None` for what is no item's name, and for words that are values: codes, kinds, reasons.
pub(crate) fn item(name: &str) -> Option<Vec<&str>> {
    let is_code = Code::ALL.iter().any(|code| code.name() == name);
    let is_name = |part: &str| {
        part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && part.starts_with(|letter: char| letter.is_ascii_alphabetic())
    };
    let is_value =
        name.contains('_') && !name.contains("::") && !is_constant(name) && !names().contains(name);
    if is_code || is_value || !name.split("::").all(is_name) {
        return None;
    }
    let parts: Vec<&str> = name.split("::").collect();
    let is_big = |part: &&str| part.starts_with(|letter: char| letter.is_ascii_uppercase());
    let start = parts.iter().position(|part| is_big(part) && *part != "Self").unwrap_or(parts.len() - 1);
    let instead = |part: &&str| INSTEAD.iter().find(|(known, _)| known == part).map(|(_, other)| *other);
    Some(parts[start..].iter().map(|part| instead(part).unwrap_or(part)).collect())
}

/// What is declared under a name of its own: operations, their arguments, fields.
fn names() -> &'static BTreeSet<&'static str> {
    static NAMES: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let operations =
            writemagic_operations::operations().map(|operation| (operation.name, operation.arguments));
        let questions =
            writemagic_operations::questions().map(|question| (question.name, question.arguments));
        let called = operations.chain(questions).flat_map(|(name, arguments)| {
            std::iter::once(name).chain(arguments.iter().map(|argument| argument.name))
        });
        let types: Vec<Type> = writemagic_operations::types().collect();
        called.chain(types.iter().flat_map(fields_of).map(|field| field.name)).collect()
    })
}

/// Whether a name is that of a constant.
pub(crate) fn is_constant(part: &str) -> bool {
    part.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
}
