//! Protocols of which the app has objects, and how the questions about these are read, put to them, and answered.

use writemagic_boundary::error_codes::swift_name;
use writemagic_operations::{Interface, Question, Shape};

use super::names::{Spelling, member, of_field, type_name};
use super::shapes::{read, swift_type, write};
use super::{Swift, head};
use crate::declared::last;
use crate::source::Source;

impl Swift<'_> {
    pub(super) fn interfaces_file(&mut self) -> String {
        let mut source = head(&["Foundation"]);
        for Interface { name, rust } in writemagic_operations::interfaces() {
            source.line("");
            self.type_comment(&mut source, name, rust);
            source.line(&format!("public protocol {}: Sendable {{", type_name(name)));
            for (place, question) in questions_of(name).enumerate() {
                if place > 0 {
                    source.line("");
                }
                let docs = self.declared.documentation(&[last(rust)], question.name, question.documentation);
                self.comment(&mut source, docs.as_deref(), name, &format!("{rust}::{}", question.name));
                let spelling = Spelling::of_question(&question);
                let parameters = spelling.labels.iter().zip(question.arguments);
                let parameters = parameters.map(|(label, argument)| self.parameter(label, argument, false));
                let result = match question.result {
                    Shape::Unit => String::new(),
                    shape => format!(" -> {}", swift_type(shape)),
                };
                let function = format!("func {}", swift_name(&spelling.base));
                source.call(&function, parameters.collect(), &format!(" throws{result}"));
            }
            source.line("}");
        }
        source.finish()
    }
}

fn questions_of(interface: &str) -> impl Iterator<Item = Question> {
    writemagic_operations::questions().filter(move |question| question.object == interface)
}

/// How the questions about the app's objects are read, put to them, and answered.
pub(super) fn questions_file() -> String {
    let mut source = head(&[]);
    source.line("");
    source.line("extension Writer {");
    for (place, Interface { name, .. }) in writemagic_operations::interfaces().enumerate() {
        if place > 0 {
            source.line("");
        }
        source.line(&format!("mutating func {}(_ object: any {}) throws {{", member(name), type_name(name)));
        source.line("let asked = AppObject { question, request, answer in");
        source.line("switch question {");
        questions_of(name).for_each(|question| put_question(&mut source, &question));
        source.outdented("default: throw request.malformed()");
        source.line("}");
        source.line("}");
        source.line("try app(asked)");
        source.line("}");
    }
    source.line("}");
    source.finish()
}

fn put_question(source: &mut Source, question: &Question) {
    source.outdented(&format!("case {}:", question.number));
    let spelling = Spelling::of_question(question);
    let mut arguments = Vec::new();
    for (label, argument) in spelling.labels.iter().zip(question.arguments) {
        // Beside `request`, which is what is read.
        let name = format!("{}Asked", of_field(argument));
        let value = match argument.shape {
            // It came from the engine itself.
            Shape::Object(name) => format!("{}(handle: request.i64(), of: .none)", type_name(name)),
            shape => read(shape, "request."),
        };
        source.line(&format!("let {name} = try {value}"));
        arguments.push(if label == "_" { name } else { format!("{label}: {name}") });
    }
    source.line("try request.end()");
    let call = format!("object.{}({})", spelling.base, arguments.join(", "));
    match question.result {
        Shape::Unit => source.line(&format!("try {call}")),
        shape => {
            source.line(&format!("let said = try {call}"));
            source.line(&format!("try {}", write(shape, "answer.", "said")));
        }
    }
}
