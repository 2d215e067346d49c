//! The types, and how their fields are said.

use writemagic_boundary::error_codes::swift_name;
use writemagic_operations::{Choice, Direction, Field, Record, Shape, Type, Variant};

use super::names::{member, of_field, type_name};
use super::shapes::swift_type;
use super::{Swift, head};
use crate::declared::{Declared, Default, fields_of, is_plain, last};
use crate::docs::TypeDocs;
use crate::source::Source;

impl Swift<'_> {
    pub(super) fn types_file(&mut self, types: &[Type]) -> String {
        let mut source = head(&["Foundation"]);
        for known in types {
            source.line("");
            match known {
                Type::Record(record) => self.record(&mut source, record, known),
                Type::Choice(choice) => self.choice(&mut source, choice, known),
            }
        }
        source.finish()
    }

    fn record(&mut self, source: &mut Source, record: &Record, known: &Type) {
        let members: Vec<&str> = record.fields.iter().map(|field| field.name).collect();
        let docs = self.declared.docs().of_type(record.rust, &members);
        self.value_comment(source, docs, record.name, record.rust);
        let name = type_name(record.name);
        let mut protocols = self.protocols(known);
        if record.fields.iter().any(|field| field.name == "id" && matches!(field.shape, Shape::Id(_))) {
            protocols.push_str(", Identifiable");
        }
        source.line(&format!("public struct {name}: {protocols} {{"));
        // What the app says it builds up; what it is told stays as it was told.
        let keyword = if record.direction == Direction::Out { "let" } else { "var" };
        for field in record.fields {
            let said = docs.and_then(|docs| docs.members.get(field.name)).filter(|said| !said.is_empty());
            self.property(source, keyword, field, said.map(String::as_str), record);
        }
        for method in record.methods {
            let said = self.declared.docs().of_method(&[last(record.rust)], method.name);
            self.property(source, keyword, method, said, record);
        }
        source.line("");
        source.comment(&["Makes one of all that it says.".to_owned()]);
        let has_defaults = record.direction != Direction::Out;
        let parameters = record.fields.iter().chain(record.methods);
        let parameters = parameters.map(|field| self.parameter(&of_field(field), field, has_defaults));
        source.call("public init", parameters.collect(), " {");
        for field in record.fields.iter().chain(record.methods) {
            let name = of_field(field);
            source.line(&format!("self.{name} = {}", swift_name(&name)));
        }
        source.line("}");
        if self.declared.is_quiet(record.name) {
            source.line("");
            source.line("var shownParts: Shown {");
            let fields = record.fields.iter().chain(record.methods);
            source.line(&self.shown(&name, fields.filter(|field| self.declared.has_no_text(field.shape))));
            source.line("}");
        }
        source.line("}");
    }

    /// What a type says of itself, and whether it can be printed anywhere.
    fn value_comment(&mut self, source: &mut Source, docs: Option<&TypeDocs>, name: &str, rust: &str) {
        let mut docs = docs.map(|docs| docs.text.clone());
        if let Some(docs) = docs.as_mut().filter(|_| self.declared.is_quiet(name)) {
            docs.push_str("\n\nPrinted, it shows none of its texts.");
        }
        self.comment(source, docs.as_deref(), name, rust);
    }

    /// What is printed of a value with these fields.
    fn shown<'f>(&self, name: &str, fields: impl Iterator<Item = &'f Field>) -> String {
        let fields = fields.map(|field| {
            let name = of_field(field);
            // Whoever passes an optional value for any one has to say so.
            let cast = if matches!(field.shape, Shape::Option(_)) { " as Any" } else { "" };
            format!("\"{name}\": {}{cast}", swift_name(&name))
        });
        let fields: Vec<String> = fields.collect();
        let fields = if fields.is_empty() { ":".to_owned() } else { fields.join(", ") };
        format!("Shown(\"{name}\", [{fields}])")
    }

    fn property(
        &mut self,
        source: &mut Source,
        keyword: &str,
        field: &Field,
        said: Option<&str>,
        record: &Record,
    ) {
        let said = said.map(|said| with_unit(said, field.shape));
        self.comment(source, said.as_deref(), record.name, &format!("{}::{}", record.rust, field.name));
        let name = swift_name(&of_field(field));
        source.line(&format!("public {keyword} {name}: {}", swift_type(field.shape)));
    }

    /// A parameter of a function, with its default where it may have one.
    pub(super) fn parameter(&self, label: &str, field: &Field, has_default: bool) -> String {
        let default = if has_default { self.default(field) } else { None };
        let default = default.map_or(String::new(), |default| format!(" = {default}"));
        let name = of_field(field);
        // A label may be any word, a name may not.
        let names = match (label == name, swift_name(&name) == name) {
            (true, true) => name,
            _ if label == name => swift_name(&name),
            _ => format!("{label} {}", swift_name(&name)),
        };
        format!("{names}: {}{default}", swift_type(field.shape))
    }

    /// What a field or an argument is where nobody says.
    fn default(&self, field: &Field) -> Option<String> {
        self.declared.default(field).map(|default| match default {
            Default::Nothing => "nil".to_owned(),
            Default::EmptyList => "[]".to_owned(),
            Default::False => "false".to_owned(),
            Default::Record(name) => format!("{}()", type_name(name)),
            Default::Variant(_, variant) => format!(".{}", member(variant)),
            Default::Literal(literal) => literal.to_owned(),
        })
    }

    /// What values of a type can do. Those that hold an object of the app cannot be compared.
    fn protocols(&self, known: &Type) -> String {
        let hashable = if self.holds_object(known) { "" } else { ", Hashable" };
        let quiet = if self.declared.is_quiet(known.name()) { ", Quiet" } else { "" };
        format!("Sendable{hashable}{quiet}")
    }

    fn holds_object(&self, known: &Type) -> bool {
        fields_of(known).any(|field| self.is_object(field.shape))
    }

    fn is_object(&self, shape: Shape) -> bool {
        match shape {
            Shape::App(_) | Shape::Object(_) => true,
            Shape::Option(inner) | Shape::List(inner) => self.is_object(*inner),
            Shape::Named(name) => self.declared.types.get(name).is_some_and(|known| self.holds_object(known)),
            _ => false,
        }
    }

    fn choice(&mut self, source: &mut Source, choice: &Choice, known: &Type) {
        let docs = self.declared.of_choice(choice);
        self.value_comment(source, docs, choice.name, choice.rust);
        let every = if is_plain(choice) { ", CaseIterable" } else { "" };
        let protocols = self.protocols(known);
        source.line(&format!("public enum {}: {protocols}{every} {{", type_name(choice.name)));
        for (number, variant) in choice.variants.iter().enumerate() {
            if number > 0 {
                source.line("");
            }
            self.variant(source, docs, choice, variant);
        }
        if self.declared.is_quiet(choice.name) {
            self.shown_choice(source, choice);
        }
        source.line("}");
    }

    fn shown_choice(&self, source: &mut Source, choice: &Choice) {
        source.line("");
        source.line("var shownParts: Shown {");
        source.line("switch self {");
        for variant in choice.variants {
            let case = member(variant.name);
            let is_told = |field: &&Field| self.declared.has_no_text(field.shape);
            let bound = variant.fields.iter().map(|field| match is_told(&field) {
                true => swift_name(&of_field(field)),
                false => "_".to_owned(),
            });
            let bound: Vec<String> = bound.collect();
            let shown = self.shown(&case, variant.fields.iter().filter(is_told));
            if variant.fields.iter().any(|field| is_told(&field)) {
                source.outdented(&format!("case let .{case}({}): {shown}", bound.join(", ")));
            } else {
                source.outdented(&format!("case .{case}: {shown}"));
            }
        }
        source.line("}");
        source.line("}");
    }

    fn variant(&mut self, source: &mut Source, docs: Option<&TypeDocs>, choice: &Choice, variant: &Variant) {
        let of = format!("{}::{}", choice.rust, variant.name);
        let said = docs.and_then(|docs| docs.members.get(variant.name)).filter(|said| !said.is_empty());
        let mut said = said.cloned();
        let labels = labels(&self.declared, choice, variant);
        for (field, label) in variant.fields.iter().zip(&labels) {
            // A field of a variant may have nothing to say beyond its name.
            let member = docs.and_then(|docs| docs.members.get(&format!("{}.{}", variant.name, field.name)));
            if let (Some(said), Some(member), Some(label)) = (&mut said, member, label) {
                let member = with_unit(&member.replace('\n', " "), field.shape);
                said.push_str(&format!("\n\n- Parameter {label}: {member}"));
            }
        }
        self.comment(source, said.as_deref(), choice.name, &of);
        let fields = variant.fields.iter().zip(&labels).map(|(field, label)| {
            let before = label.as_ref().map_or(String::new(), |label| format!("{label}: "));
            format!("{before}{}", swift_type(field.shape))
        });
        let fields: Vec<String> = fields.collect();
        let fields = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
        source.line(&format!("case {}{fields}", swift_name(&member(variant.name))));
    }
}

/// The labels of a variant's fields: Rust's own names, where it has some.
pub(super) fn labels(declared: &Declared<'_>, choice: &Choice, variant: &Variant) -> Vec<Option<String>> {
    let docs = declared.of_choice(choice);
    let is_named = |field: &Field| {
        docs.is_some_and(|docs| docs.members.contains_key(&format!("{}.{}", variant.name, field.name)))
    };
    variant.fields.iter().map(|field| is_named(field).then(|| of_field(field))).collect()
}

/// What is said of something, and what it is measured in where its type does not tell.
pub(super) fn with_unit(said: &str, shape: Shape) -> String {
    match shape {
        Shape::Duration | Shape::Option(Shape::Duration) => format!("{} In seconds.", said.trim_end()),
        _ => said.to_owned(),
    }
}
