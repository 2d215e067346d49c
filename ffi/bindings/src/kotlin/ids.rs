//! Ids, and other types around one number or text.

use super::{Kotlin, head};
use crate::declared::Ids;

impl Kotlin<'_> {
    /// Ids and tokens that occur anywhere.
    pub(super) fn ids_file(&mut self) -> String {
        let Ids { ids, tickets, tokens } = self.declared.ids();
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
            let docs = self.declared.of_token(token);
            self.comment(&mut source, docs, token);
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
}
