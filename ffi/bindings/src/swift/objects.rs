//! A class for each type of objects, with a method for each operation.

use writemagic_boundary::error_codes::swift_name;
use writemagic_operations::{HandleOf, Object, Operation, Part, Shape, Way};

use super::names::{Spelling, member, of_field, type_name};
use super::shapes::{read, swift_type, write};
use super::symbols::INTERNAL;
use super::types::with_unit;
use super::{Swift, head, theme};
use crate::declared::{HAND_WRITTEN, last};
use crate::source::Source;

/// Operations that are written by hand with a function of their own below them.
const BY_HAND: [(&str, &str); 1] = [("EditSession", "text")];

/// What an operation begins with whose result only says what became of it.
const DISCARDABLE: [&str; 23] = [
    "accept", "add", "apply", "create", "delete", "expire", "flush", "forget", "keep", "label", "merge",
    "move", "order", "purge", "reject", "remember", "remove", "rename", "replace", "restore", "set", "trash",
    "untrash",
];

impl Swift<'_> {
    /// The class, and the operations: in a file for each part of the engine where there are several.
    pub(super) fn object_files(&mut self, number: usize, object: &Object) -> Vec<(String, String)> {
        let name = type_name(object.name);
        let of_object = |part: &&Part| part.operations().any(|operation| operation.object == object.name);
        let parts: Vec<&Part> = writemagic_operations::parts().filter(of_object).collect();
        let is_hand_written = HAND_WRITTEN.contains(&object.name);
        let mut files = Vec::new();
        let mut own = head(&["Foundation"]);
        own.line("");
        if is_hand_written {
            own.line(&format!("extension {name} {{"));
            own.comment(&["Which type of objects this is to the engine.".to_owned()]);
            own.line(&format!("static let object: UInt32 = {number}"));
        } else {
            self.class(&mut own, number, object);
        }
        for other in writemagic_operations::objects() {
            if other.handle == HandleOf::Other(object.name) {
                let name = type_name(other.name);
                own.line("");
                self.type_comment(&mut own, other.name, other.rust);
                own.line(&format!("public var {}: {name} {{ {name}(calls: calls) }}", member(other.name)));
            }
        }
        let own_part = parts.iter().position(|part| theme(part) == name || parts.len() == 1);
        for (place, part) in parts.iter().enumerate() {
            if Some(place) == own_part {
                self.operations(&mut own, object, part, true);
            } else {
                let mut source = head(&["Foundation"]);
                source.line("");
                source.line(&format!("extension {name} {{"));
                self.operations(&mut source, object, part, false);
                source.line("}");
                files.push((format!("{name}+{}", theme(part)), source.finish()));
            }
        }
        own.line("}");
        let own_name = if is_hand_written { format!("{name}+Operations") } else { name };
        files.push((own_name, own.finish()));
        files
    }

    fn class(&mut self, source: &mut Source, number: usize, object: &Object) {
        let name = type_name(object.name);
        let visibility = if INTERNAL.contains(&object.name) { "" } else { "public " };
        self.type_comment(source, object.name, object.rust);
        match object.handle {
            HandleOf::Itself => {
                source.line(&format!("{visibility}final class {name}: Sendable {{"));
                source.line("let calls: Calls");
                source.line("");
                source.line("init(handle: Int64, of parent: Calls) {");
                source.line(&format!("calls = Calls(handle, closing: {number}, of: parent)"));
                source.line("}");
                source.line("");
                source.comment(&["Closes it. Closing again does nothing; later calls throw.".to_owned()]);
                source.line(&format!("{visibility}func close() throws {{"));
                source.line("try calls.close()");
                source.line("}");
            }
            HandleOf::Other(_) => {
                source.line(&format!("{visibility}struct {name}: Sendable {{"));
                source.line("let calls: Calls");
            }
            HandleOf::None => source.line(&format!("{visibility}enum {name} {{")),
        }
    }

    fn operations(&mut self, source: &mut Source, object: &Object, part: &Part, follows: bool) {
        let operations = writemagic_operations::operations().enumerate();
        let here = |known: &Operation| part.operations().any(|operation| std::ptr::eq(operation, known));
        let operations =
            operations.filter(|(_, operation)| operation.object == object.name && here(operation));
        let operations =
            operations.filter(|(_, operation)| !BY_HAND.contains(&(operation.object, operation.name)));
        for (place, (number, operation)) in operations.enumerate() {
            if place > 0 || follows {
                source.line("");
            }
            let types = [object.name, last(object.rust)];
            let docs = self.declared.documentation(&types, operation.name, operation.documentation);
            let docs = docs.map(|docs| with_units(&docs, operation));
            if operation.way != Way::Hidden {
                let what = format!("{}::{}", object.name, operation.name);
                self.comment(source, docs.as_deref(), object.name, &what);
            }
            self.operation(source, number, operation);
        }
    }

    fn operation(&self, source: &mut Source, number: usize, operation: &Operation) {
        let spelling = Spelling::of_operation(operation);
        let is_internal = operation.way == Way::Hidden
            || INTERNAL.contains(&operation.object)
            || !operation.takes_object && HAND_WRITTEN.contains(&operation.object);
        let calls = if operation.takes_object { "calls" } else { "Calls.none" };
        let is_init = spelling.base == "init";
        let result = swift_type(operation.result);
        let result = match (operation.way, operation.result) {
            _ if is_init => String::new(),
            (Way::Work, _) => format!(" -> Work<{result}>"),
            (_, Shape::Unit) => String::new(),
            _ => format!(" -> {result}"),
        };
        let (call, effects) = match operation.way {
            Way::Call if matches!(operation.result, Shape::Object(_)) => ("open", "async throws"),
            Way::Call => ("call", "async throws"),
            // Written by hand around this, on a thread that may wait.
            Way::Get | Way::Now | Way::Hidden => ("now", "throws"),
            Way::Work => ("work", "throws"),
        };
        let attempt = if operation.way == Way::Call { "try await" } else { "try" };
        let mut before = String::new();
        if !is_internal {
            before.push_str("public ");
        }
        if !operation.takes_object && !is_init {
            before.push_str("static ");
        }
        if spelling.is_property {
            source.line(&format!("{before}var {}: {} {{", spelling.base, swift_type(operation.result)));
            source.line(&format!("get {effects} {{"));
            self.body(source, &format!("{attempt} {calls}.{call}"), number, operation, "");
            source.line("}");
            source.line("}");
            return;
        }
        if is_discardable(operation) {
            source.line("@discardableResult");
        }
        let parameters = spelling.labels.iter().zip(operation.arguments);
        let parameters = parameters.map(|(label, argument)| self.parameter(label, argument, true)).collect();
        if is_init {
            source.call(&format!("{before}convenience init"), parameters, &format!(" {effects} {{"));
            let made = format!("self.init(handle: {attempt} {calls}.{call}");
            self.body(source, &made, number, operation, ", of: .none)");
        } else {
            let function = format!("{before}func {}", swift_name(&spelling.base));
            source.call(&function, parameters, &format!(" {effects}{result} {{"));
            self.body(source, &format!("{attempt} {calls}.{call}"), number, operation, "");
        }
        source.line("}");
    }

    /// The call: its number, what is written, and what is read.
    fn body(&self, source: &mut Source, call: &str, number: usize, operation: &Operation, after: &str) {
        let read = match operation.result {
            Shape::Unit => "{ _ in }".to_owned(),
            Shape::Object(_) if !after.is_empty() => "{ try $0.i64() }".to_owned(),
            Shape::Object(name) if !operation.takes_object => {
                // A library, which came from no other object.
                format!("{{ try {}(handle: $0.i64()) }}", type_name(name))
            }
            shape @ Shape::Object(_) => format!("{{ [calls] in try {} }}", read(shape, "$0.")),
            shape => format!("{{ try {} }}", read(shape, "$0.")),
        };
        let writes: Vec<String> = operation
            .arguments
            .iter()
            .map(|argument| format!("try {}", write(argument.shape, "$0.", &swift_name(&of_field(argument)))))
            .collect();
        match writes.as_slice() {
            [] => source.line(&format!("{call}({number}, {{ _ in }}, {read}){after}")),
            [one] => source.call(call, vec![number.to_string(), format!("{{ {one} }}"), read], after),
            all => {
                source.line(&format!("{call}({number}, {{"));
                all.iter().for_each(|write| source.line(write));
                source.line(&format!("}}, {read}){after}"));
            }
        }
    }
}

fn is_discardable(operation: &Operation) -> bool {
    let verb = operation.name.split('_').next().unwrap_or_default();
    operation.way == Way::Call
        && !matches!(operation.result, Shape::Unit | Shape::Object(_))
        && DISCARDABLE.contains(&verb)
}

/// What is said of an operation, and what times are measured in that it takes or gives.
fn with_units(docs: &str, operation: &Operation) -> String {
    let is_time = |shape: &Shape| matches!(shape, Shape::Duration | Shape::Option(Shape::Duration));
    let times = operation.arguments.iter().filter(|argument| is_time(&argument.shape));
    let times = times.map(|argument| format!("\n\n- Parameter {}: In seconds.", member(argument.name)));
    let (before, errors) = match docs.find("# Errors") {
        Some(start) => docs.split_at(start),
        None => (docs, ""),
    };
    let before = with_unit(before.trim_end(), operation.result);
    format!("{before}{}\n\n{errors}", times.collect::<String>())
}
