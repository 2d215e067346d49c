//! Versions, branches, merges, labels, places.

use crate::client::{Object, Value, document, fields, free, library, splice_text, variant};

pub(crate) fn versions_and_branches() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let rain = document(library, "Rain", "It rained.");
    let of = || ("document", rain.clone());
    let main = || ("branch", Value::text("main"));
    let first = library.does("version", &[of()]);
    let labelled = library.does("label", &[of(), ("name", Value::text("draft")), ("version", first.clone())]);
    assert_eq!(labelled.get("version"), &first);
    let place = [of(), main(), ("at", Value::Number(3)), ("side", variant("Before", &[]))];
    let anchor = library.does("add_anchor", &[place.as_slice(), &[("kind", Value::text("note"))]].concat());

    let branch =
        library.does("create_branch", &[of(), ("name", Value::text("other")), ("at", first.clone())]);
    assert_eq!(branch.get("stats").get("words").number(), 2);
    let side =
        Object::new("EditSession", &library.does("edit_branch", &[of(), ("name", Value::text("other"))]));
    splice_text(side.handle, 9, 0, " hard").unwrap();
    side.does("flush", &[]);
    assert_eq!(side.close(), Ok(true));
    let text = library.does("branch_text", &[of(), ("name", Value::text("other"))]);
    assert_eq!(text, Value::text("It rained hard."));
    let session = Object::new("EditSession", &library.does("edit", &[of()]));
    splice_text(session.handle, 0, 0, "Then ").unwrap();
    session.does("flush", &[]);
    assert_eq!(session.close(), Ok(true));
    let report = library.does("merge", &[of(), ("from", Value::text("other"))]);
    assert_eq!(report.get("applied").is(), "Durable");
    assert_eq!(library.does("text", &[of()]), Value::text("Then It rained hard."));

    let now = library.does("version", &[of()]);
    let known = library.does("has_version", &[of(), main(), ("version", first.clone())]);
    assert_eq!(known, Value::Bool(true));
    let found = library.does("find_version", &[of(), main(), ("name", Value::text("draft"))]);
    assert_eq!(found, first);
    assert_eq!(library.does("text_at", &[of(), ("version", first.clone())]), Value::text("It rained."));
    let difference = library.does("diff", &[of(), ("old", first.clone()), ("new", now.clone())]);
    let kinds: Vec<_> = difference.get("hunks").items().iter().map(|hunk| hunk.get("kind").is()).collect();
    assert_eq!(kinds, ["Inserted", "Inserted"]);
    let timeline = library.does("history", &[of(), ("all", Value::Bool(true))]);
    assert!(timeline.items().len() >= 3, "{timeline:?}");
    assert_eq!(timeline.items()[0].get("label"), &Value::text("draft"));
    let authored = library.does("blame", &[of()]);
    assert_eq!(authored.items()[0].get("kind").is(), "Person");
    let anchors = library.does("anchors", &[of()]);
    assert_eq!(anchors.items()[0].get("at").number(), 8);
    library.does("remove_anchor", &[of(), ("anchor", anchor)]);
    let place = fields(&[("at", Value::Number(3)), ("side", variant("After", &[]))]);
    let places = ("places", Value::list(&[place]));
    let followed = library.does("follow_places", &[of(), ("from", first.clone()), ("to", now), places]);
    assert_eq!(followed.items()[0].get("at").number(), 8);

    let present = library.does("present_text", &[of()]);
    assert_eq!(present.get("text"), &Value::text("Then It rained hard."));
    let patch =
        fields(&[("at", Value::Number(0)), ("delete", Value::Number(5)), ("insert", Value::text(""))]);
    let origin = fields(&[("kind", variant("Ai", &[])), ("name", Value::text("model-1"))]);
    let proposal = [
        of(),
        ("on", present.get("version").clone()),
        ("patches", Value::list(&[patch])),
        ("origin", origin),
    ];
    assert_eq!(library.does("apply_proposal", &proposal).is(), "Durable");
    // The text has moved on: the same is refused without a change.
    assert_eq!(library.does("apply_proposal", &proposal), Value::Nothing);
    // What a model wrote is a model's, whether its run is known or not.
    let origin = ("origin", fields(&[("kind", variant("Ai", &[])), ("name", Value::text("model-1"))]));
    let patch =
        fields(&[("at", Value::Number(0)), ("delete", Value::Number(0)), ("insert", Value::text("Oh! "))]);
    library.does("apply_patches", &[of(), ("patches", Value::list(&[patch])), origin]);
    let authored = library.does("blame", &[of()]);
    let first_of = &authored.items()[0];
    assert_eq!((first_of.get("kind").is(), first_of.get("author")), ("Ai", &Value::text("model-1")));

    let labels = library.does("labels", &[of()]);
    assert_eq!(labels.items()[0].get("name"), &Value::text("draft"));
    library.does("restore", &[of(), main(), ("version", first)]);
    assert_eq!(library.does("text", &[of()]), Value::text("It rained."));
    library.does("unlabel", &[of(), ("name", Value::text("draft"))]);
    let name = [of(), ("name", Value::text("other")), ("new_name", Value::text("side"))];
    library.does("rename_branch", &name);
    assert_eq!(library.does("branches", &[of()]).items().len(), 2);
    library.does("delete_branch", &[of(), ("name", Value::text("side"))]);
    let options = fields(&[("before", Value::Number(i64::MAX / 2)), ("rehearsal", Value::Bool(true))]);
    let report = library.does("compact", &[("options", options)]);
    assert_eq!(report.get("documents").items().len(), 1, "{report:?}");
    assert_eq!(library.fails("text_at", &[of(), ("version", Value::text("none"))]), "invalid_argument");
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn recorded() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let recorded = Object::new("RecordedHistory", &free("RecordedHistory", "new", &[]).unwrap());
    let add = |writer: i64, parents: &[Value], at: i64, delete: i64, insert: &str| {
        let patch = fields(&[
            ("at", Value::Number(at)),
            ("delete", Value::Number(delete)),
            ("insert", Value::text(insert)),
        ]);
        let parents = ("parents", Value::list(parents));
        recorded
            .does("add", &[("writer", Value::Number(writer)), parents, ("patches", Value::list(&[patch]))])
    };
    let first = add(0, &[], 0, 0, "Hello");
    add(0, std::slice::from_ref(&first), 5, 0, " world");
    add(1, &[first], 0, 1, "J");
    assert_eq!(recorded.does("text", &[]), Value::text("Jello world"));
    recorded.does("merge", &[]);
    assert_eq!(recorded.does("events", &[]).number(), 13);
    let new = fields(&[("title", Value::text("Greeting"))]);
    let made = library.does("create_recorded", &[("new", new), ("recorded", recorded.value())]);
    let text = library.does("text", &[("document", made.get("id").clone())]);
    assert_eq!(text, Value::text("Jello world"));
    assert_eq!(recorded.does("events", &[]).number(), 0);
    assert_eq!(recorded.close(), Ok(true));
    assert_eq!(library.close(), Ok(true));
}
