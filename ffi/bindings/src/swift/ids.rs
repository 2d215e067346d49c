//! Ids, and other types around one number or text.

use super::names::type_name;
use super::{Swift, head};
use crate::declared::Ids;
use crate::source::Source;

impl Swift<'_> {
    /// Ids and tokens that occur anywhere.
    pub(super) fn ids_file(&mut self) -> String {
        let Ids { ids, tickets, tokens } = self.declared.ids();
        let mut source = head(&["Foundation"]);
        for id in ids {
            source.line("");
            self.type_comment(&mut source, id, id);
            let protocols = "LosslessStringConvertible";
            around(&mut source, id, protocols, "UUID", "The id as a UUID.", |source| {
                source.line("");
                source.comment(&[
                    "The id that is spelled so, in capital letters or small ones; `nil` where there is none."
                        .to_owned(),
                ]);
                source.line("public init?(_ description: String) {");
                source.line("guard let uuid = UUID(uuidString: description) else { return nil }");
                source.line("self.init(rawValue: uuid)");
                source.line("}");
                source.line("");
                source.comment(&["As the engine spells it: in small letters.".to_owned()]);
                source.line("public var description: String { rawValue.uuidString.lowercased() }");
            });
        }
        for ticket in tickets {
            source.line("");
            self.type_comment(&mut source, ticket, ticket);
            around(&mut source, ticket, "Comparable", "Int", "The number.", |source| {
                let name = type_name(ticket);
                source.line("");
                source.line(&format!("public static func < (left: {name}, right: {name}) -> Bool {{"));
                source.line("left.rawValue < right.rawValue");
                source.line("}");
            });
        }
        for token in tokens {
            source.line("");
            let docs = self.declared.of_token(token);
            self.comment(&mut source, docs, token, token);
            let about = "As the engine spells it: to be kept and given back.";
            around(&mut source, token, "CustomStringConvertible", "String", about, |source| {
                source.line("");
                source.line("public var description: String { rawValue }");
            });
        }
        source.finish()
    }
}

/// A type around one value.
fn around(
    source: &mut Source,
    name: &str,
    protocols: &str,
    raw: &str,
    about: &str,
    rest: impl FnOnce(&mut Source),
) {
    let name = type_name(name);
    source.line(&format!(
        "public struct {name}: RawRepresentable, Sendable, Hashable, Codable, {protocols} {{"
    ));
    source.comment(&[about.to_owned()]);
    source.line(&format!("public let rawValue: {raw}"));
    source.line("");
    source.comment(&["Makes one of its value.".to_owned()]);
    source.line(&format!("public init(rawValue: {raw}) {{"));
    source.line("self.rawValue = rawValue");
    source.line("}");
    rest(source);
    source.line("}");
}
