//! Ids, and other types around one number or text.

use std::collections::BTreeSet;

use writemagic_operations::{Operation, Shape, Type};

use super::{Kotlin, head};

/// Types that cross as texts, and what they are called in Rust.
const TOKENS: [(&str, &str); 2] = [("VersionId", "graph::Version"), ("DocumentCursor", "document::Cursor")];

impl Kotlin<'_> {
    /// Ids and tokens that occur anywhere.
    pub(super) fn ids_file(&mut self, operations: &[(usize, &Operation)]) -> String {
        let mut ids = BTreeSet::new();
        let mut tokens = BTreeSet::new();
        let mut tickets = BTreeSet::new();
        for shape in self.shapes(operations) {
            note_ids(shape, &mut ids, &mut tokens, &mut tickets);
        }
        let mut source = head("dev.writemagic", &["java.util.UUID"]);
        for id in ids {
            source.line("");
            self.type_comment(&mut source, id);
            source.line("@JvmInline");
            source.line(&format!("public value class {id}("));
            source.comment(&["The id as a UUID.".to_owned()]);
            source.line("public val value: UUID,");
            source.line(") {");
            source.line("override fun toString(): String = value.toString()");
            source.line("");
            source.line("public companion object {");
            source.comment(&[
                "The id that is spelled so. Throws `IllegalArgumentException` where there is none."
                    .to_owned(),
            ]);
            source.line(&format!("public fun of(text: String): {id} = {id}(UUID.fromString(text))"));
            source.line("}");
            source.line("}");
        }
        for ticket in tickets {
            source.line("");
            self.type_comment(&mut source, ticket);
            source.line("@JvmInline");
            source.line(&format!("public value class {ticket}("));
            source.comment(&["The number.".to_owned()]);
            source.line("public val value: Long,");
            source.line(&format!(") : Comparable<{ticket}> {{"));
            source.line(&format!(
                "override fun compareTo(other: {ticket}): Int = value.compareTo(other.value)"
            ));
            source.line("}");
        }
        for token in tokens {
            source.line("");
            let rust = TOKENS.iter().find(|(name, _)| *name == token).map_or(token, |(_, rust)| rust);
            self.type_comment(&mut source, rust);
            source.line("@JvmInline");
            source.line(&format!("public value class {token}("));
            source.comment(&["As the engine spells it: to be kept and given back.".to_owned()]);
            source.line("public val value: String,");
            source.line(") {");
            source.line("override fun toString(): String = value");
            source.line("}");
        }
        source.finish()
    }

    fn shapes(&self, operations: &[(usize, &Operation)]) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for known in self.types.values() {
            match known {
                Type::Record(record) => {
                    shapes.extend(record.fields.iter().chain(record.methods).map(|field| field.shape));
                }
                Type::Choice(choice) => {
                    let fields = choice.variants.iter().flat_map(|variant| variant.fields);
                    shapes.extend(fields.map(|field| field.shape));
                }
            }
        }
        for (_, operation) in operations {
            shapes.push(operation.result);
            shapes.extend(operation.arguments.iter().map(|argument| argument.shape));
        }
        shapes
    }
}

fn note_ids(
    shape: Shape,
    ids: &mut BTreeSet<&'static str>,
    tokens: &mut BTreeSet<&'static str>,
    tickets: &mut BTreeSet<&'static str>,
) {
    match shape {
        Shape::Id(name) => {
            ids.insert(name);
        }
        Shape::Token(name) => {
            tokens.insert(name);
        }
        Shape::Ticket(name) => {
            tickets.insert(name);
        }
        Shape::Option(inner) | Shape::List(inner) => note_ids(*inner, ids, tokens, tickets),
        _ => {}
    }
}
