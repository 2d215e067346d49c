//! What documentation can refer to.

use std::collections::HashMap;

use writemagic_operations::{Type, Way};

use super::names::{Spelling, member, of_field, type_name};
use super::types::labels;
use crate::declared::{Declared, last, rust_of};

/// Objects that no app sees.
pub(super) const INTERNAL: [&str; 1] = ["Subscription"];

/// The public symbols, by what Rust calls them.
pub(super) struct Symbols {
    /// Types of Rust, without their paths; those of which there are several are left out.
    types: HashMap<&'static str, Option<&'static str>>,
    /// By the declared name of the type, and the name of the member in Rust.
    members: HashMap<(&'static str, &'static str), String>,
}

impl Symbols {
    pub(super) fn of(declared: &Declared<'_>) -> Self {
        let mut symbols = Self { types: HashMap::new(), members: HashMap::new() };
        for known in declared.types.values() {
            symbols.put(last(rust_of(known)), known.name());
            symbols.put_members(declared, known);
        }
        for object in writemagic_operations::objects().filter(|object| !INTERNAL.contains(&object.name)) {
            symbols.put(last(object.rust), object.name);
        }
        for interface in writemagic_operations::interfaces() {
            symbols.put(last(interface.rust), interface.name);
        }
        let ids = declared.ids();
        for name in ids.ids.into_iter().chain(ids.tickets).chain(ids.tokens) {
            symbols.put(name, name);
        }
        for (_, operation) in &declared.operations {
            if operation.way != Way::Hidden && !INTERNAL.contains(&operation.object) {
                let full = Spelling::of_operation(operation).full();
                symbols.members.insert((operation.object, operation.name), full);
            }
        }
        for question in writemagic_operations::questions() {
            let full = Spelling::of_question(&question).full();
            symbols.members.insert((question.object, question.name), full);
        }
        symbols
    }

    fn put(&mut self, rust: &'static str, name: &'static str) {
        self.types.entry(rust).and_modify(|known| *known = None).or_insert(Some(name));
    }

    fn put_members(&mut self, declared: &Declared<'_>, known: &Type) {
        match known {
            Type::Record(record) => {
                for field in record.fields.iter().chain(record.methods) {
                    self.members.insert((record.name, field.name), of_field(field));
                }
            }
            Type::Choice(choice) => {
                for variant in choice.variants {
                    let labels = labels(declared, choice, variant).into_iter();
                    let labels: String = labels.map(|label| label.unwrap_or("_".to_owned()) + ":").collect();
                    let case = member(variant.name);
                    let case = if labels.is_empty() { case } else { format!("{case}({labels})") };
                    self.members.insert((choice.name, variant.name), case);
                }
            }
        }
    }

    /// The symbol of an item of the engine, named in a comment that belongs to a type: by its type and its own name, or by one of these.
    pub(super) fn find(&self, of: &str, parts: &[&str]) -> Option<String> {
        match parts {
            // A small letter begins no type: it is an argument, or a module that is called as one of ours.
            [name] if name.starts_with(|letter: char| letter.is_ascii_lowercase()) => None,
            [name] => self.known(name).map(type_name),
            ["Self", name] => self.member(of, name),
            [known, name] => self.member(self.known(known)?, name),
            _ => None,
        }
    }

    fn known(&self, rust: &str) -> Option<&'static str> {
        self.types.get(rust).copied().flatten()
    }

    fn member(&self, of: &str, name: &str) -> Option<String> {
        let member = self.members.get(&(of, name))?;
        Some(format!("{}/{member}", type_name(of)))
    }
}
