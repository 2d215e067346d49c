//! How types are read and written.

use writemagic_boundary::error_codes::swift_name;
use writemagic_operations::{Choice, Direction, Record, Type};

use super::names::{member, of_field, type_name};
use super::shapes::{read, write};
use super::types::labels;
use super::{Swift, head};
use crate::source::Source;

impl Swift<'_> {
    pub(super) fn codecs_file(&self, types: &[Type]) -> String {
        let mut source = head(&[]);
        let way = |known: &Type| match known {
            Type::Record(record) => record.direction,
            Type::Choice(choice) => choice.direction,
        };
        let read: Vec<&Type> = types.iter().filter(|known| way(known) != Direction::In).collect();
        let written: Vec<&Type> = types.iter().filter(|known| way(known) != Direction::Out).collect();
        extension(&mut source, "Reader", &read, |source, known| {
            let name = type_name(known.name());
            source.line(&format!("mutating func {}() throws -> {name} {{", member(known.name())));
            match known {
                Type::Record(record) => read_record(source, &name, record),
                Type::Choice(choice) => self.read_choice(source, choice),
            }
            source.line("}");
        });
        extension(&mut source, "Writer", &written, |source, known| {
            let (function, name) = (member(known.name()), type_name(known.name()));
            source.line(&format!("mutating func {function}(_ value: {name}) throws {{"));
            match known {
                Type::Record(record) => {
                    for field in record.fields {
                        let value = format!("value.{}", of_field(field));
                        source.line(&format!("try {}", write(field.shape, "", &value)));
                    }
                }
                Type::Choice(choice) => Self::write_choice(source, choice),
            }
            source.line("}");
        });
        source.finish()
    }

    fn read_choice(&self, source: &mut Source, choice: &Choice) {
        source.line("switch try u8() {");
        for variant in choice.variants {
            let case = member(variant.name);
            let labels = labels(&self.declared, choice, variant).into_iter();
            let labels = labels.map(|label| label.map_or(String::new(), |label| label + ": "));
            let fields = variant.fields.iter().zip(labels);
            let fields: Vec<String> = fields.map(|(field, label)| label + &read(field.shape, "")).collect();
            let value = match fields.is_empty() {
                true => format!("return .{case}"),
                false => format!("return try .{case}({})", fields.join(", ")),
            };
            source.outdented(&format!("case {}: {value}", variant.tag));
        }
        source.outdented("default: throw malformed()");
        source.line("}");
    }

    fn write_choice(source: &mut Source, choice: &Choice) {
        source.line("switch value {");
        for variant in choice.variants {
            let bound: Vec<String> =
                variant.fields.iter().map(|field| swift_name(&of_field(field))).collect();
            let case = member(variant.name);
            if bound.is_empty() {
                source.outdented(&format!("case .{case}: try u8({})", variant.tag));
                continue;
            }
            let lets: Vec<String> = bound.iter().map(|name| format!("let {name}")).collect();
            source.outdented(&format!("case .{case}({}):", lets.join(", ")));
            source.line(&format!("try u8({})", variant.tag));
            for (field, name) in variant.fields.iter().zip(&bound) {
                // What is bound may have the name of what writes it.
                source.line(&format!("try {}", write(field.shape, "self.", name)));
            }
        }
        source.line("}");
    }
}

fn extension(source: &mut Source, of: &str, types: &[&Type], function: impl Fn(&mut Source, &Type)) {
    if types.is_empty() {
        return;
    }
    source.line("");
    source.line(&format!("extension {of} {{"));
    for (place, known) in types.iter().enumerate() {
        if place > 0 {
            source.line("");
        }
        function(source, known);
    }
    source.line("}");
}

fn read_record(source: &mut Source, name: &str, record: &Record) {
    let fields = record.fields.iter().chain(record.methods);
    let fields = fields.map(|field| format!("{}: {}", of_field(field), read(field.shape, "")));
    source.call(&format!("try {name}"), fields.collect(), "");
}
