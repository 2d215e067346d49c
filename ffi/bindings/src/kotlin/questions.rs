//! Interfaces of which the app has objects, and how the questions about these are read, put to them, and answered.

use writemagic_operations::{Interface, Question, Shape};

use super::shapes::{kotlin_type, read, write};
use super::{Kotlin, head};
use crate::declared::last;
use crate::prose::{camel, small};
use crate::source::Source;

impl Kotlin<'_> {
    pub(super) fn interfaces_file(&mut self) -> String {
        let mut source = head("dev.writemagic", &[]);
        for Interface { name, rust } in writemagic_operations::interfaces() {
            source.line("");
            self.type_comment(&mut source, rust);
            source.line(&format!("public interface {name} {{"));
            let of = last(rust);
            for (place, question) in
                writemagic_operations::questions().filter(|question| question.object == name).enumerate()
            {
                if place > 0 {
                    source.line("");
                }
                let docs = self.declared.documentation(&[of], question.name, question.documentation);
                self.comment(&mut source, docs.as_deref(), &format!("{rust}::{}", question.name));
                let arguments = question.arguments.iter();
                let arguments = arguments
                    .map(|argument| format!("{}: {}", camel(argument.name), kotlin_type(argument.shape)));
                let arguments = arguments.collect::<Vec<_>>().join(", ");
                let result = match question.result {
                    Shape::Unit => String::new(),
                    shape => format!(": {}", kotlin_type(shape)),
                };
                source.line(&format!("public fun {}({arguments}){result}", camel(question.name)));
            }
            source.line("}");
        }
        source.finish()
    }
}

/// How the questions about the app's objects are read, put to them, and answered.
pub(super) fn questions_file() -> String {
    let mut source = head("dev.writemagic.internal", &["dev.writemagic.*"]);
    for Interface { name, .. } in writemagic_operations::interfaces() {
        source.line("");
        source.line(&format!("internal fun Writer.{}(value: {name}) {{", small(name)));
        source.line("val answering =");
        source.indented(|source| {
            source.line("AppObjects.Answering { number, request ->");
            source.indented(|source| {
                source.line("val reader = Reader(request)");
                source.line("when (number) {");
                for question in writemagic_operations::questions().filter(|question| question.object == name)
                {
                    put_question(source, &question);
                }
                source.line("else -> throw reader.malformed()");
                source.line("}");
            });
            source.line("}");
        });
        source.line("appObject(answering)");
        source.line("}");
    }
    source.finish()
}

fn put_question(source: &mut Source, question: &Question) {
    source.line(&format!("{} -> {{", question.number));
    let arguments: Vec<String> = question.arguments.iter().map(|argument| camel(argument.name)).collect();
    for (name, argument) in arguments.iter().zip(question.arguments) {
        source.line(&format!("val {name} = with(reader) {{ {} }}", read(argument.shape)));
    }
    source.line("reader.end()");
    let answer = format!("value.{}({})", camel(question.name), arguments.join(", "));
    match question.result {
        Shape::Unit => {
            source.line(&answer);
            source.line("ByteArray(0)");
        }
        shape => {
            source.line(&format!("val answer = {answer}"));
            source.line(&format!("Writer.written {{ {} }}", write(shape, "answer")));
        }
    }
    source.line("}");
}
