//! Edit sessions.

use writemagic_operations::{session_text, splice, splice_bytes};

use crate::client::{Object, Value, app, document, fields, library, splice_text, variant};

pub(crate) fn typing() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let rain = document(library, "Rain", "It rained.");
    let session = Object::new("EditSession", &library.does("edit", &[("document", rain.clone())]));
    assert_eq!(session.does("document", &[]), rain);
    assert_eq!(splice_text(session.handle, 10, 0, " Hard 😀"), Ok(1));
    let units: Vec<u16> = "Then ".encode_utf16().collect();
    assert_eq!(splice(session.handle, 0, 0, &units), Ok(2));
    let bytes = |at, bytes: &[u8]| {
        splice_bytes(session.handle, at, 0, bytes.len(), |room| room.copy_from_slice(bytes))
    };
    let failure = bytes(0, b"no text: \xFF").unwrap_err();
    assert_eq!((failure.code().name(), failure.details_json().as_str()), ("not_utf8", r#"{"offset":9}"#));
    let failure = splice(session.handle, 0, 0, &[0xd83d]).unwrap_err();
    assert_eq!(
        (failure.code().name(), failure.details_json().as_str()),
        ("lone_surrogate", r#"{"index":0}"#)
    );
    assert_eq!(session_text(session.handle).as_deref(), Ok("Then It rained. Hard 😀"));
    assert_eq!(session.does("text", &[]), Value::text("Then It rained. Hard 😀"));
    assert_eq!(session.does("stats", &[]).get("words").number(), 4);
    assert!(session.does("events", &[]).number() > 10);
    let arguments = [("pattern", Value::text("hard")), ("options", fields(&[]))];
    assert_eq!(session.does("find", &arguments).items()[0].get("utf16"), &Value::Range(16, 20));
    assert_eq!(session.does("flush", &[("durability", variant("Strict", &[]))]).number(), 2);
    assert_eq!(session.does("durable", &[]).number(), 2);

    // What comes from elsewhere waits for the app to take it in.
    let patch =
        fields(&[("at", Value::Number(0)), ("delete", Value::Number(5)), ("insert", Value::text(""))]);
    let origin = fields(&[("kind", variant("Person", &[]))]);
    let patches = [("document", rain.clone()), ("patches", Value::list(&[patch])), ("origin", origin)];
    assert_eq!(library.does("apply_patches", &patches).is(), "Pending");
    assert_eq!(session.does("pending", &[]).number(), 1);
    assert_eq!(session.does("rebase", &[]).items().len(), 1);
    assert_eq!(session.does("text", &[]), Value::text("It rained. Hard 😀"));

    assert!(!session.does("undo", &[]).items().is_empty());
    assert!(!session.does("redo", &[]).items().is_empty());
    splice_text(session.handle, 0, 0, "So ").unwrap();
    session.does("flush", &[]);
    let undone = session.does("undo_at", &[("at", Value::Number(1))]);
    assert!(!undone.items().is_empty());
    session.does("close", &[]);
    assert_eq!(splice_text(session.handle, 0, 0, "x").unwrap_err().code().name(), "session_closed");
    assert_eq!(session.close(), Ok(true));
    assert_eq!(session.close(), Ok(false));
    assert_eq!(splice_text(session.handle, 0, 0, "x").unwrap_err().code().name(), "handle_closed");
    assert_eq!(splice_text(library.handle, 0, 0, "x").unwrap_err().code().name(), "handle_wrong_type");
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn changes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let rain = document(library, "Rain", "It rained.");
    let session = Object::new("EditSession", &library.does("edit", &[("document", rain)]));
    let token = app().token();
    let arguments = [("token", Value::Number(token.cast_signed()))];
    let subscription = Object::new("Subscription", &session.does("subscribe", &arguments));
    assert_eq!(subscription.does("next_change", &[]), Value::Nothing);
    splice_text(session.handle, 10, 0, " 😀").unwrap();
    session.does("flush", &[]);
    app().wait(token);
    let change = subscription.does("next_change", &[]);
    assert_eq!(change.get("tickets").get("last").number(), 1);
    assert_eq!(change.get("patches").items()[0].get("insert"), &Value::text(" 😀"));
    assert_eq!(change.get("counts").get("utf16_units").number(), 13);
    assert_eq!(subscription.does("is_finished", &[]), Value::Bool(false));
    session.does("close", &[]);
    while subscription.does("next_change", &[]) != Value::Nothing {}
    assert_eq!(subscription.does("is_finished", &[]), Value::Bool(true));
    assert_eq!(subscription.close(), Ok(true));
    assert_eq!(session.close(), Ok(true));
    assert_eq!(library.close(), Ok(true));
}
