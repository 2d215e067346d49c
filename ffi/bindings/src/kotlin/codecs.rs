//! How types are read and written.

use writemagic_operations::{Choice, Direction, Field, Type};

use super::shapes::{read, write};
use super::{Kotlin, head};
use crate::declared::is_plain;
use crate::prose::{camel, small, upper};
use crate::source::Source;

impl Kotlin<'_> {
    pub(super) fn codecs_file(&self) -> String {
        let mut source = head("dev.writemagic.internal", &["dev.writemagic.*"]);
        for known in self.declared.types.values() {
            let (name, direction) = match known {
                Type::Record(record) => (record.name, record.direction),
                Type::Choice(choice) => (choice.name, choice.direction),
            };
            let function = small(name);
            if direction != Direction::In {
                source.line("");
                match known {
                    Type::Record(record) => {
                        source.line(&format!("internal fun Reader.{function}(): {name} ="));
                        let fields = record.fields.iter().chain(record.methods);
                        source.indented(|source| read_fields(source, name, fields));
                    }
                    Type::Choice(choice) => {
                        source.line(&format!("internal fun Reader.{function}(): {name} ="));
                        source.indented(|source| read_choice(source, choice));
                    }
                }
            }
            if direction != Direction::Out {
                source.line("");
                source.line(&format!("internal fun Writer.{function}(value: {name}) {{"));
                match known {
                    Type::Record(record) => {
                        for field in record.fields {
                            source.line(&write(field.shape, &format!("value.{}", camel(field.name))));
                        }
                    }
                    Type::Choice(choice) => write_choice(&mut source, choice),
                }
                source.line("}");
            }
        }
        source.finish()
    }
}

fn read_fields<'a>(source: &mut Source, name: &str, mut fields: impl Iterator<Item = &'a Field>) {
    source.line(&format!("{name}("));
    fields.by_ref().for_each(|field| source.line(&format!("{} = {},", camel(field.name), read(field.shape))));
    source.line(")");
}

fn read_choice(source: &mut Source, choice: &Choice) {
    let of = choice.name;
    source.line("when (u8()) {");
    for variant in choice.variants {
        let value = match (is_plain(choice), variant.fields) {
            (true, _) => format!("{of}.{}", upper(variant.name)),
            (false, []) => format!("{of}.{}", variant.name),
            (false, fields) => {
                let fields =
                    fields.iter().map(|field| format!("{} = {}", camel(field.name), read(field.shape)));
                format!("{of}.{}({})", variant.name, fields.collect::<Vec<_>>().join(", "))
            }
        };
        source.line(&format!("{} -> {value}", variant.tag));
    }
    source.line("else -> throw malformed()");
    source.line("}");
}

fn write_choice(source: &mut Source, choice: &Choice) {
    source.line("when (value) {");
    for variant in choice.variants {
        let name = match is_plain(choice) {
            true => format!("{}.{}", choice.name, upper(variant.name)),
            false if variant.fields.is_empty() => format!("{}.{}", choice.name, variant.name),
            false => format!("is {}.{}", choice.name, variant.name),
        };
        let writes =
            variant.fields.iter().map(|field| write(field.shape, &format!("value.{}", camel(field.name))));
        let writes: Vec<String> = std::iter::once(format!("u8({})", variant.tag)).chain(writes).collect();
        match writes.as_slice() {
            [one] => source.line(&format!("{name} -> {one}")),
            all => {
                source.line(&format!("{name} -> {{"));
                all.iter().for_each(|write| source.line(write));
                source.line("}");
            }
        }
    }
    source.line("}");
}
