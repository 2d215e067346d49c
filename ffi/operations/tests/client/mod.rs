//! The other side of the boundary in a test: it writes requests and reads results by what is declared, as generated sources do.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "each of the tests uses some of it")]

mod app;
mod value;

use writemagic_boundary::{Failure, Handle};
use writemagic_operations::{
    Operation, Way, close_object, invoke, objects, operations, splice_bytes, start, take_result,
};

pub(crate) use app::app;
pub(crate) use value::{Value, decode, encode_fields, fields, variant};

/// The full name of an operation.
pub(crate) fn name(operation: &Operation) -> String {
    format!("{}.{}", operation.object, operation.name)
}

fn find(object: &str, operation: &str, takes_object: bool) -> (u32, &'static Operation) {
    let found = operations().enumerate().find(|(_, known)| {
        known.object == object && known.name == operation && known.takes_object == takes_object
    });
    let (number, found) = found.unwrap_or_else(|| panic!("no operation {object}.{operation}"));
    (u32::try_from(number).unwrap(), found)
}

/// An object of the engine, or one whose operations take its handle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object {
    pub(crate) of: &'static str,
    pub(crate) handle: Handle,
}

impl Object {
    /// The object that an operation gave.
    pub(crate) fn new(of: &'static str, handle: &Value) -> Self {
        Self { of, handle: Handle::from_raw(handle.number()) }
    }

    /// The same handle for the operations of another type.
    pub(crate) fn view(self, of: &'static str) -> Self {
        Self { of, ..self }
    }

    pub(crate) fn value(self) -> Value {
        Value::Number(self.handle.raw())
    }

    /// Calls an operation and waits for the work that it begins. Arguments that are not named are what the declaration says.
    pub(crate) fn call(self, operation: &str, arguments: &[(&str, Value)]) -> Result<Value, Failure> {
        let (number, declared) = find(self.of, operation, true);
        let request = encode_fields(declared.arguments, arguments);
        let result = match declared.way {
            Way::Work => {
                let token = app().token();
                let work = start(number, self.handle, &request, token)?;
                app().wait(token);
                let result = take_result(work).transpose().unwrap();
                assert_eq!(writemagic_operations::close_work(work), Ok(true));
                result?
            }
            _ => invoke(number, self.handle, &request)?,
        };
        Ok(decode(declared.result, &result))
    }

    /// Calls an operation that does what it should.
    #[track_caller]
    pub(crate) fn does(self, operation: &str, arguments: &[(&str, Value)]) -> Value {
        self.call(operation, arguments).unwrap_or_else(|failure| panic!("{operation}: {failure}"))
    }

    /// The word of the code of an operation that does not.
    #[track_caller]
    pub(crate) fn fails(self, operation: &str, arguments: &[(&str, Value)]) -> &'static str {
        match self.call(operation, arguments) {
            Err(failure) => failure.code().name(),
            Ok(value) => panic!("{operation}: {value:?}"),
        }
    }

    /// Closes it; whether it was open.
    pub(crate) fn close(self) -> Result<bool, Failure> {
        let number = objects().position(|object| object.name == self.of).unwrap();
        close_object(u32::try_from(number).unwrap(), self.handle)
    }
}

/// Calls an operation that takes no object.
pub(crate) fn free(object: &str, operation: &str, arguments: &[(&str, Value)]) -> Result<Value, Failure> {
    let (number, declared) = find(object, operation, false);
    let request = encode_fields(declared.arguments, arguments);
    invoke(number, Handle::from_raw(0), &request).map(|result| decode(declared.result, &result))
}

/// A splice of a text.
pub(crate) fn splice_text(session: Handle, at: u64, delete: u64, insert: &str) -> Result<u64, Failure> {
    let copy = |room: &mut [u8]| room.copy_from_slice(insert.as_bytes());
    splice_bytes(session, at, delete, insert.len(), copy)
}

/// A library by the bytes of its options, whatever they are.
pub(crate) fn opened(operation: &str, path: &std::path::Path, options: &[u8]) -> Result<Handle, Failure> {
    let (number, declared) = find("Library", operation, false);
    let path = encode_fields(&declared.arguments[..1], &[("path", Value::text(path.to_str().unwrap()))]);
    let opened = invoke(number, Handle::from_raw(0), &[&path, options].concat())?;
    Ok(Handle::from_raw(decode(declared.result, &opened).number()))
}

/// A new library in a folder.
pub(crate) fn library(folder: &std::path::Path) -> Object {
    let options = fields(&[("create", Value::Bool(true))]);
    let path = Value::text(folder.to_str().unwrap());
    Object::new("Library", &free("Library", "open", &[("path", path), ("options", options)]).unwrap())
}

/// A new document's id.
pub(crate) fn document(library: Object, title: &str, text: &str) -> Value {
    let new = fields(&[("title", Value::text(title)), ("text", Value::text(text))]);
    library.does("create_document", &[("new", new)]).get("id").clone()
}
