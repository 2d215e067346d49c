//! The types, and how their fields are said.

use writemagic_operations::{Choice, Direction, Field, Record, Type, Variant};

use super::shapes::kotlin_type;
use super::{Kotlin, head};
use crate::declared::{Default, is_plain, last};
use crate::docs::TypeDocs;
use crate::prose::{camel, upper};
use crate::source::Source;

impl Kotlin<'_> {
    pub(super) fn types_file(&mut self) -> String {
        let mut source = head("dev.writemagic", &["kotlin.time.Duration", "kotlin.time.Instant"]);
        for known in self.declared.types.values().copied().collect::<Vec<_>>() {
            source.line("");
            match known {
                Type::Record(record) => self.record(&mut source, record),
                Type::Choice(choice) => self.choice(&mut source, choice),
            }
        }
        source.finish()
    }

    fn record(&mut self, source: &mut Source, record: &Record) {
        let members: Vec<&str> = record.fields.iter().map(|field| field.name).collect();
        let docs = self.declared.docs().of_type(record.rust, &members);
        self.comment(source, docs.map(|docs| docs.text.as_str()), record.rust);
        source.line(&format!("public data class {}(", record.name));
        self.fields(source, docs, "", record.rust, record.fields, record.direction != Direction::Out);
        let of = last(record.rust);
        for method in record.methods {
            let said = self.declared.docs().of_method(&[of], method.name).map(str::to_owned);
            self.comment(source, said.as_deref(), &format!("{}::{}", record.rust, method.name));
            source.line(&format!("public val {}: {},", camel(method.name), kotlin_type(method.shape)));
        }
        let fields = record.fields.iter().chain(record.methods);
        self.end(source, ")", record.name, fields, self.declared.is_quiet(record.name));
    }

    /// The end of a data class; one that is quiet tells no text of its own.
    fn end<'f>(
        &self,
        source: &mut Source,
        end: &str,
        name: &str,
        fields: impl Iterator<Item = &'f Field>,
        is_quiet: bool,
    ) {
        if !is_quiet {
            source.line(end);
            return;
        }
        source.line(&format!("{end} {{"));
        source.line("/** Without the texts in it. */");
        let told =
            fields.filter(|field| self.declared.has_no_text(field.shape)).map(|field| camel(field.name));
        let told: Vec<String> = told.map(|name| format!("{name}=${name}")).collect();
        source.line(&format!("override fun toString(): String = \"{name}({})\"", told.join(", ")));
        source.line("}");
    }

    fn fields(
        &mut self,
        source: &mut Source,
        docs: Option<&TypeDocs>,
        before: &str,
        of: &str,
        fields: &[Field],
        has_defaults: bool,
    ) {
        for field in fields {
            // A field of a variant may have nothing to say beyond its name.
            let said = docs.and_then(|docs| docs.members.get(&format!("{before}{}", field.name)));
            match said.filter(|said| !said.is_empty()) {
                Some(said) => self.comment(source, Some(said), of),
                None if before.is_empty() => self.declared.miss(format!("{of}::{}", field.name)),
                None => {}
            }
            let default = if has_defaults { self.default(field) } else { None };
            let default = default.map_or(String::new(), |default| format!(" = {default}"));
            let mut of_type = kotlin_type(field.shape);
            // Inside of a choice the name of a variant is that of the variant.
            if let Some(Type::Choice(choice)) = self.declared.of_rust(of)
                && choice.variants.iter().any(|variant| of_type.trim_end_matches('?') == variant.name)
            {
                of_type.insert_str(0, "dev.writemagic.");
            }
            source.line(&format!("public val {}: {of_type}{default},", camel(field.name)));
        }
    }

    /// What a field or an argument is where nobody says.
    pub(super) fn default(&self, field: &Field) -> Option<String> {
        self.declared.default(field).map(|default| match default {
            Default::Nothing => "null".to_owned(),
            Default::EmptyList => "emptyList()".to_owned(),
            Default::False => "false".to_owned(),
            Default::Record(name) => format!("{name}()"),
            Default::Variant(choice, variant) if is_plain(choice) => {
                format!("{}.{}", choice.name, upper(variant))
            }
            Default::Variant(choice, variant) => format!("{}.{variant}", choice.name),
            Default::Literal(literal) => literal.to_owned(),
        })
    }

    fn choice(&mut self, source: &mut Source, choice: &Choice) {
        let docs = self.declared.of_choice(choice);
        self.comment(source, docs.map(|docs| docs.text.as_str()), choice.rust);
        let of_variant = |docs: Option<&TypeDocs>, variant: &Variant| {
            docs.and_then(|docs| docs.members.get(variant.name)).filter(|said| !said.is_empty()).cloned()
        };
        if is_plain(choice) {
            source.line(&format!("public enum class {} {{", choice.name));
            for (number, variant) in choice.variants.iter().enumerate() {
                if number > 0 {
                    source.line("");
                }
                let said = of_variant(docs, variant);
                self.comment(source, said.as_deref(), &format!("{}::{}", choice.rust, variant.name));
                source.line(&format!("{},", upper(variant.name)));
            }
            source.line("}");
            return;
        }
        source.line(&format!("public sealed interface {} {{", choice.name));
        for (number, variant) in choice.variants.iter().enumerate() {
            if number > 0 {
                source.line("");
            }
            let said = of_variant(docs, variant);
            self.comment(source, said.as_deref(), &format!("{}::{}", choice.rust, variant.name));
            if variant.fields.is_empty() {
                source.line(&format!("public data object {} : {}", variant.name, choice.name));
            } else {
                source.line(&format!("public data class {}(", variant.name));
                let before = format!("{}.", variant.name);
                let has_defaults = choice.direction != Direction::Out;
                self.fields(source, docs, &before, choice.rust, variant.fields, has_defaults);
                let is_quiet = self.declared.is_quiet(choice.name);
                let end = format!(") : {}", choice.name);
                self.end(source, &end, variant.name, variant.fields.iter(), is_quiet);
            }
        }
        source.line("}");
    }
}
