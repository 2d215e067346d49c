//! A class for each type of objects, with a method for each operation.

use writemagic_operations::{HandleOf, Object, Operation, Shape, Way};

use super::shapes::{kotlin_type, read, write};
use super::{Kotlin, head};
use crate::declared::{HAND_WRITTEN, last};
use crate::prose::{camel, small, words};
use crate::source::{Source, WIDTH};

impl Kotlin<'_> {
    pub(super) fn object_file(&mut self, number: usize, object: &Object) -> String {
        let operations = self.declared.operations_of(object.name);
        let imports = ["dev.writemagic.internal.*", "kotlin.time.Duration", "kotlin.time.Instant"];
        let mut source = head("dev.writemagic", &imports);
        source.line("");
        let name = object.name;
        let is_hand_written = HAND_WRITTEN.contains(&name);
        if is_hand_written {
            let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
            source.comment(&[format!(
                "What the engine does with {article} `{name}`. Suspending functions touch the disk, on threads that are there for that, \
                 whatever the caller's dispatcher. One that was begun comes to its end; if the caller is cancelled meanwhile \
                 nobody sees its result."
            )]);
        } else {
            self.type_comment(&mut source, object.rust);
        }
        match object.handle {
            _ if is_hand_written => {
                source.line(&format!("public abstract class {name}Operations internal constructor("));
                source.line("internal val calls: Calls,");
                source.line(") {");
            }
            HandleOf::Itself => {
                source.line(&format!("public class {name} internal constructor("));
                source.line("handle: Long,");
                source.line(") : AutoCloseable {");
                source.line("internal val calls: Calls = Calls(handle)");
                source.line(&format!("private val watch = Leaks.watch(this, \"{}\") {{ Native.closeObject({number}, handle) }}", spaced(name)));
                source.line("");
                source.comment(&["Closes it. Closing again does nothing; later calls throw.".to_owned()]);
                source.line("override fun close() {");
                source.line("watch.forget()");
                source.line(&format!("Native.closeObject({number}, calls.handle)"));
                source.line("}");
            }
            HandleOf::Other(_) => {
                source.line(&format!("public class {name} internal constructor("));
                source.line("internal val calls: Calls,");
                source.line(") {");
            }
            HandleOf::None => {
                source.line(&format!("public object {name} {{"));
            }
        }
        let made: Vec<_> = operations.iter().filter(|(_, operation)| !operation.takes_object).collect();
        if is_hand_written {
            source.line("internal companion object {");
            source.line("/** Which type of objects this is to the engine. */");
            source.line(&format!("const val OBJECT: Int = {number}"));
            for (number, operation) in &made {
                source.line("");
                self.operation(&mut source, *number, operation);
            }
            source.line("}");
        }
        for other in writemagic_operations::objects().filter(|other| other.handle == HandleOf::Other(name)) {
            source.line("");
            self.type_comment(&mut source, other.rust);
            source.line(&format!("public val {}: {} = {}(calls)", small(other.name), other.name, other.name));
        }
        if object.handle == HandleOf::Itself && !is_hand_written && !made.is_empty() {
            source.line("");
            source.comment(&["Where one is made.".to_owned()]);
            source.line("public companion object {");
            for (place, (number, operation)) in made.into_iter().enumerate() {
                if place > 0 {
                    source.line("");
                }
                let docs = self.declared.documentation(&[name], operation.name, operation.documentation);
                self.comment(&mut source, docs.as_deref(), &format!("{name}::{}", operation.name));
                self.operation(&mut source, *number, operation);
            }
            source.line("}");
        }
        let has_none = object.handle == HandleOf::None;
        for (number, operation) in
            operations.iter().filter(|(_, operation)| operation.takes_object || has_none)
        {
            source.line("");
            if operation.way != Way::Hidden {
                let docs = self.declared.documentation(
                    &[name, last(object.rust)],
                    operation.name,
                    operation.documentation,
                );
                self.comment(&mut source, docs.as_deref(), &format!("{name}::{}", operation.name));
            }
            self.operation(&mut source, *number, operation);
        }
        source.line("}");
        source.finish()
    }

    fn operation(&self, source: &mut Source, number: usize, operation: &Operation) {
        let calls = if operation.takes_object { "calls" } else { "Calls(0)" };
        let (mut visibility, mut call, suspend) = match operation.way {
            Way::Get | Way::Now => ("public ", "now", ""),
            Way::Call => ("public ", "call", "suspend "),
            // Written by hand around this, on a thread that may wait.
            Way::Hidden => ("internal ", "now", ""),
            Way::Work => ("public ", "work", ""),
        };
        if operation.way == Way::Call && matches!(operation.result, Shape::Object(_)) {
            call = "open";
        }
        if !operation.takes_object && HAND_WRITTEN.contains(&operation.object) {
            visibility = "internal ";
        }
        let name = match operation.way {
            Way::Hidden => camel(&format!("raw_{}", operation.name)),
            _ => camel(operation.name),
        };
        let result = kotlin_type(operation.result);
        let result = if operation.way == Way::Work { format!("Operation<{result}>") } else { result };
        let request = match operation.arguments {
            [] => "{ }".to_owned(),
            arguments => {
                let writes = arguments.iter().map(|argument| write(argument.shape, &camel(argument.name)));
                format!("{{ {} }}", writes.collect::<Vec<_>>().join("; "))
            }
        };
        let read = format!("{{ {} }}", read(operation.result));
        if operation.way == Way::Get {
            source.line(&format!("{visibility}val {name}: {result}"));
            source.indented(|source| {
                source.line(&format!("get() = {calls}.{call}({number}, {request}) {read}"))
            });
            return;
        }
        let arguments = operation.arguments.iter().map(|argument| {
            let default = self.default(argument).map_or(String::new(), |default| format!(" = {default}"));
            format!("{}: {}{default}", camel(argument.name), kotlin_type(argument.shape))
        });
        let arguments: Vec<String> = arguments.collect();
        let signature = format!("{visibility}{suspend}fun {name}({}): {result} =", arguments.join(", "));
        if signature.chars().count() + 4 <= WIDTH {
            source.line(&signature);
        } else {
            source.line(&format!("{visibility}{suspend}fun {name}("));
            arguments.iter().for_each(|argument| source.line(&format!("{argument},")));
            source.line(&format!("): {result} ="));
        }
        source.indented(|source| source.line(&format!("{calls}.{call}({number}, {request}) {read}")));
    }
}

/// `PascalCase` as words.
fn spaced(name: &str) -> String {
    words(name).join(" ")
}
