//! Libraries, documents, folders, files, search.

use std::fs;

use writemagic_boundary::Handle;

use crate::client::{
    Object, Value, document, encode_fields, fields, free, library, opened, splice_text, variant,
};

fn title(document: &Value) -> &str {
    document.get("title").str()
}

pub(crate) fn documents_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let new = fields(&[
        ("title", Value::text("Rain")),
        ("text", Value::text("It rained 😀.")),
        ("folder", Value::text("Book/One")),
        ("language", Value::text("en")),
        ("created", Value::Number(1_000)),
        ("origin", fields(&[("kind", variant("Device", &[])), ("name", Value::text("desk"))])),
    ]);
    let rain = library.does("create_document", &[("new", new)]);
    assert_eq!((title(&rain), rain.get("created").number()), ("Rain", 1_000));
    assert_eq!(rain.get("stats").get("words").number(), 2);
    assert_eq!(rain.get("stats").get("reading_seconds").number(), 1);
    let id = || ("document", rain.get("id").clone());
    assert_eq!(library.does("document", &[id()]), rain);
    assert_eq!(library.does("find_document", &[("name", Value::text("Rain"))]), rain);
    assert_eq!(library.does("text", &[id()]), Value::text("It rained 😀."));
    let bytes = library.does("text_bytes", &[id()]);
    assert_eq!(bytes, Value::Bytes("It rained 😀.".into()));

    document(library, "Snow", "It snowed.");
    let page = library.does("documents", &[("filter", fields(&[])), ("limit", Value::Number(1))]);
    assert_eq!((page.get("total").number(), page.get("documents").items().len()), (2, 1));
    let after = ("after", page.get("next").clone());
    let page = library.does("documents", &[("filter", fields(&[])), after]);
    assert_eq!(page.get("documents").items().len(), 1);
    assert_eq!(page.get("next"), &Value::Nothing);

    let renamed = library.does("rename", &[id(), ("title", Value::text("Storm"))]);
    assert_eq!(title(&renamed), "Storm");
    let moved = library.does("move_document", &[id(), ("folder", Value::text("Book"))]);
    assert_eq!(moved.get("folder"), &Value::text("Book"));
    let targets = fields(&[("words", Value::Number(300))]);
    let aimed = library.does("set_targets", &[id(), ("targets", targets)]);
    assert_eq!(aimed.get("targets").get("words").number(), 300);
    let told = library.does("set_language", &[id(), ("tag", Value::text("de"))]);
    assert_eq!(told.get("language"), &Value::text("de"));
    assert_eq!(library.does("trash", &[id()]).get("trashed"), &Value::Bool(true));
    assert_eq!(library.does("untrash", &[id()]).get("trashed"), &Value::Bool(false));
    assert_eq!(library.fails("purge", &[id()]), "confirmation_required");
    library.does("purge", &[id(), ("confirmed", Value::Bool(true))]);
    assert_eq!(library.fails("document", &[id()]), "document_not_found");

    let path = |path: &str| ("path", Value::text(path));
    library.does("create_folder", &[path("Notes")]);
    library.does("rename_folder", &[path("Notes"), ("name", Value::text("Ideas"))]);
    library.does("move_folder", &[path("Ideas"), ("parent", Value::text("Book"))]);
    let behind = variant("After", &[("name", Value::text("One"))]);
    library.does("order_folder", &[path("Book/Ideas"), ("position", behind)]);
    library.does("order_folder", &[path("Book/Ideas"), ("position", variant("First", &[]))]);
    let folders = library.does("folders", &[]);
    let paths: Vec<_> = folders.items().iter().map(|folder| folder.get("path").str()).collect();
    assert_eq!(paths, ["Book", "Book/Ideas", "Book/One"]);
    library.does("delete_folder", &[path("Book/Ideas")]);
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn open_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let options = |given: &[(&str, Value)]| {
        let declared = writemagic_operations::types().find_map(|known| match known {
            writemagic_operations::Type::Record(record) if record.name == "OpenOptions" => Some(record),
            _ => None,
        });
        encode_fields(declared.unwrap().fields, given)
    };
    let open_library = |path, options: &[u8]| opened("open", path, options);
    let open_outbox = |path, options: &[u8]| opened("open_outbox", path, options);
    let missing = open_library(path, &options(&[])).unwrap_err();
    assert_eq!(missing.code().name(), "library_not_found");
    assert_eq!(open_library(path, b"x").unwrap_err().code().name(), "invalid_argument");
    let small = options(&[
        ("create", Value::Bool(true)),
        ("max_bytes", Value::Number(64 << 20)),
        ("profile", variant("Background", &[])),
        ("embedding", variant("Table", &[])),
    ]);
    let library = Object { of: "Library", handle: open_library(path, &small).unwrap() };
    assert_eq!(library.does("path", &[]).str(), path.to_str().unwrap());
    assert_eq!(library.does("is_read_only", &[]), Value::Bool(false));
    assert!(library.does("format_version", &[]).number() > 0);
    assert!(free("Library", "sqlite_version", &[]).unwrap().str().starts_with('3'));
    assert!(matches!(library.does("id", &[]), Value::Bytes(_)));
    assert_eq!(library.does("statistics", &[]).get("documents").number(), 0);
    let pipeline = library.does("pipeline", &[]);
    assert_eq!(pipeline.get("backlog_limit_bytes").number(), 8 << 20);
    assert!(pipeline.get("pool").get("limit_bytes").number() > 0);
    let rain = document(library, "Rain", "It rained.");
    let report = library.does("check", &[]);
    assert_eq!((report.get("documents").number(), report.get("is_ok")), (1, &Value::Bool(true)));
    let copy = path.join("copy.db");
    let bytes = library.does("back_up", &[("file", Value::text(copy.to_str().unwrap()))]);
    assert_eq!(bytes.number().unsigned_abs(), fs::metadata(copy).unwrap().len());

    // A second process would be refused; one that only reads is not.
    let reading = options(&[("read_only", Value::Bool(true))]);
    let reader = Object { of: "Library", handle: open_library(path, &reading).unwrap() };
    assert_eq!(reader.does("is_read_only", &[]), Value::Bool(true));
    assert_eq!(reader.fails("trash", &[("document", rain.clone())]), "library_read_only");
    assert_eq!(reader.close(), Ok(true));
    // What another process, which may not write, has to say goes into the outbox.
    let new = options(&[("create", Value::Bool(true))]);
    let outbox = Object { of: "Library", handle: open_outbox(path, &new).unwrap() };
    document(outbox, "Shared", "From elsewhere.");
    assert_eq!(outbox.close(), Ok(true));
    let taken = library.does("take_outbox", &[]);
    assert_eq!(taken.get("documents").number(), 1);
    assert_eq!(library.does("take_outbox", &[]), Value::Nothing);
    let arguments = [
        ("path", Value::text(path.to_str().unwrap())),
        ("options", fields(&[("create", Value::Bool(true))])),
    ];
    let outbox = Object::new("Library", &free("Library", "open_outbox", &arguments).unwrap());
    assert_eq!(outbox.close(), Ok(true));

    library.does("release_memory", &[]);
    library.does("turn", &[("turn", variant("MemoryWarning", &[]))]);
    library.does("suspend", &[]);
    assert_eq!(library.fails("trash", &[("document", rain.clone())]), "library_suspended");
    library.does("resume", &[]);
    // A session that is open is saved and closed with the library.
    let session = Object::new("EditSession", &library.does("edit", &[("document", rain.clone())]));
    splice_text(session.handle, 10, 0, " Then").unwrap();
    assert_eq!(library.close(), Ok(true));
    assert_eq!(library.close(), Ok(false));
    assert_eq!(library.fails("folders", &[]), "handle_closed");
    let closed = splice_text(session.handle, 0, 0, "x").unwrap_err();
    assert_eq!(closed.code().name(), "session_closed");
    assert_eq!(session.close(), Ok(true));

    let library = crate::client::library(path);
    assert_eq!(library.does("text", &[("document", rain)]), Value::text("It rained. Then"));
    let report = library.does("shut_down", &[("within", Value::Number(10_000))]);
    assert_eq!(report.get("is_complete"), &Value::Bool(true));
    assert_eq!(library.fails("folders", &[]), "library_closed");
    assert_eq!(library.close(), Ok(true));
    let forged = writemagic_operations::close_object(99, Handle::from_raw(0)).unwrap_err();
    assert_eq!(forged.code().name(), "invalid_argument");
}

pub(crate) fn files_and_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| Value::text(folder.path().join(name).to_str().unwrap());
    let (here, there) = (library(&folder.path().join("here")), library(&folder.path().join("there")));
    fs::write(folder.path().join("rain.md"), "It rained.").unwrap();
    fs::write(folder.path().join("noise.md"), b"a\0b").unwrap();
    let paths = Value::list(&[path("rain.md"), path("noise.md")]);
    let options = fields(&[("folder", Value::text("In"))]);
    let report = here.does("import", &[("paths", paths), ("options", options)]);
    let [imported] = report.get("imported").items() else { panic!("{report:?}") };
    assert_eq!((title(imported), imported.get("encoding")), ("rain", &Value::text("utf-8")));
    assert_eq!(report.get("skipped").items().len(), 1);
    let id = imported.get("document").clone();

    let target = [("target", path("out")), ("options", fields(&[]))];
    let report = here.does("export", &target);
    assert_eq!(report.get("exported").items().len(), 1);
    let again = here.does(
        "export",
        &[target.as_slice(), &[("documents", Value::list(std::slice::from_ref(&id)))]].concat(),
    );
    assert_eq!(again.get("skipped").items().len(), 1);

    let known = there.does("summary", &[]);
    let options = fields(&[("summary", known)]);
    let sent = here.does("bundle", &[("file", path("bundle")), ("options", options)]);
    assert_eq!(sent.get("documents").number(), 1);
    let pulled = there.does("pull_bundle", &[("file", path("bundle"))]);
    assert_eq!(pulled.get("documents").number(), 1);
    assert_eq!(there.does("text", &[("document", id.clone())]), Value::text("It rained."));

    // Two titles at the same time: one stands, the other is not lost.
    here.does("rename", &[("document", id.clone()), ("title", Value::text("Here"))]);
    there.does("rename", &[("document", id.clone()), ("title", Value::text("There"))]);
    assert_eq!(here.close(), Ok(true));
    there.does("pull_library", &[("path", path("here"))]);
    let superseded = there.does("superseded", &[("document", id)]);
    let [other] = superseded.items() else { panic!("{superseded:?}") };
    assert_eq!(other.get("field"), &Value::text("title"));
    let failure = there.call("pull_bundle", &[("file", path("rain.md"))]).unwrap_err();
    assert_eq!(failure.code().name(), "bundle_invalid");
    assert_eq!(there.close(), Ok(true));
}

pub(crate) fn search() {
    let folder = tempfile::tempdir().unwrap();
    let options = fields(&[("create", Value::Bool(true)), ("embedding", variant("Table", &[]))]);
    let arguments = [("path", Value::text(folder.path().to_str().unwrap())), ("options", options)];
    let library = Object::new("Library", &free("Library", "open", &arguments).unwrap());
    let night = document(library, "Night", "It was a dark and stormy night; the rain fell in torrents.");
    document(library, "Budget", "The annual budget was agreed without debate.");
    library.does("index_meaning", &[]);
    let request = fields(&[("query", Value::text("storm* rain"))]);
    let page = library.does("search", &[("request", request)]);
    assert_eq!(page.get("hits").items().len() as i64, page.get("total").number());
    let request = fields(&[("query", Value::text("rain"))]);
    let page = library.does("search", &[("request", request)]);
    let request = fields(&[("query", Value::text("rain"))]);
    assert_eq!(library.does("cancellable_search", &[("request", request)]), page);
    let [hit] = page.get("hits").items() else { panic!("{page:?}") };
    assert_eq!((hit.get("document"), hit.get("ranges").items().len()), (&night, 1));
    let request =
        fields(&[("query", Value::text("thunder and bad weather")), ("mode", variant("Meaning", &[]))]);
    let page = library.does("search_passages", &[("request", request.clone())]);
    assert_eq!(library.does("cancellable_passage_search", &[("request", request)]), page);
    assert_eq!(page.get("by_meaning"), &Value::Bool(true));
    assert_eq!(page.get("hits").items()[0].get("document"), &night);
    let pattern = [("pattern", Value::text("RAIN")), ("options", fields(&[]))];
    let found = library.does("find", &[&[("document", night.clone())], pattern.as_slice()].concat());
    assert_eq!(found.items()[0].get("utf16"), &Value::Range(36, 40));
    let case = fields(&[("match_case", Value::Bool(true))]);
    let arguments = [("document", night.clone()), ("pattern", Value::text("RAIN")), ("options", case)];
    assert!(library.does("find", &arguments).items().is_empty());
    let request = fields(&[
        ("document", night),
        ("shown", Value::Range(0, 10)),
        ("about", Value::text("What was agreed about the budget?")),
    ]);
    let pieces = library.does("context", &[("request", request)]);
    assert!(pieces.items().iter().any(|piece| piece.get("title") == &Value::text("Budget")), "{pieces:?}");
    assert_eq!(library.close(), Ok(true));
}
