//! Memories and the story bible.

use crate::client::{Value, document, fields, library, variant};

fn memory(key: &str, text: &str) -> Value {
    fields(&[
        ("key", Value::text(key)),
        ("text", Value::text(text)),
        ("session", Value::text("monday")),
        ("importance", Value::Float(0.5)),
        ("tags", Value::list(&[Value::text("plot")])),
    ])
}

pub(crate) fn memories() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let well = document(library, "The well", "Ada dropped her ring into the well.");
    let mut ring = memory("ring", "Ada's ring lies in the well behind the mill.");
    let source = fields(&[("document", well.clone()), ("range", Value::Range(0, 35))]);
    let Value::Fields(of) = &mut ring else { unreachable!() };
    of.push(("source".to_owned(), source));
    let kept = library.does("remember", &[("memory", ring)]);
    assert_eq!((kept.get("key"), kept.get("sources").items()), (&Value::text("ring"), &[well.clone()][..]));
    let more = Value::list(&[
        memory("same", "Ada's ring lies in the well behind the mill."),
        memory("rain", "It rained on the day of the wedding."),
    ]);
    let remembered = library.does("remember_all", &[("memories", more)]);
    assert_eq!((remembered.get("keys").items().len(), remembered.get("replaced").number()), (2, 0));
    assert_eq!(library.does("memory", &[("key", Value::text("ring"))]), kept);
    let page = library.does("memories", &[("filter", fields(&[])), ("limit", Value::Number(2))]);
    assert_eq!((page.get("memories").items().len(), page.get("total").number()), (2, 3));
    let after = ("after", page.get("next").clone());
    let page = library.does("memories", &[("filter", fields(&[])), after]);
    assert_eq!(page.get("memories").items().len(), 1);
    let tagged = fields(&[("tag", Value::text("plot"))]);
    let request = fields(&[("query", Value::text("Where is the ring?")), ("filter", tagged)]);
    let page = library.does("recall", &[("request", request)]);
    assert_eq!(page.get("hits").items()[0].get("words").items()[0], Value::text("ring"));
    let sources = library.does("memory_sources", &[("key", Value::text("ring"))]);
    assert_eq!(sources.items()[0].get("place").get("range"), &Value::Range(0, 35));

    let report = library.does("consolidate_memories", &[("options", fields(&[]))]);
    assert_eq!(report.get("merged").items().len(), 1, "{report:?}");
    library.does("undo_memory_change", &[]);
    let keys = Value::list(&[Value::text("ring"), Value::text("rain")]);
    let summary =
        [("session", Value::text("monday")), ("text", Value::text("A ring and rain.")), ("keys", keys)];
    let summary = library.does("replace_with_summary", &summary);
    assert_eq!(summary.get("parts").items().len(), 2);
    library.does("undo_memory_change", &[]);
    assert_eq!(
        library.does("delete_memory", &[("key", Value::text("rain"))]),
        Value::list(&[Value::text("rain")])
    );
    library.does("forget_memory", &[("key", Value::text("same"))]);
    assert_eq!(library.fails("memory", &[("key", Value::text("same"))]), "memory_not_found");
    library.does("expire_memories", &[("now", Value::Number(0))]);
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn bible() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let one = document(library, "One", "Ana went to the mill. Anna saw her.");
    let two = document(library, "Two", "It was late. Ana slept.");
    let alias = fields(&[("name", Value::text("Anna")), ("inflected", Value::Bool(false))]);
    let new = fields(&[
        ("kind", variant("Person", &[])),
        ("name", Value::text("Ana")),
        ("notes", Value::text("A miller's daughter.")),
        ("visibility", variant("Always", &[])),
    ]);
    let ana = library.does("add_bible_entry", &[("new", new)]);
    let entry = || ("entry", ana.get("id").clone());
    assert_eq!(library.does("bible_entry", &[entry()]), ana);
    assert_eq!(library.does("find_bible_entry", &[("name", Value::text("ana"))]), ana);
    let aliased = library.does("add_bible_alias", &[entry(), ("alias", alias)]);
    assert_eq!(aliased.get("aliases").items().len(), 1);
    let mentions = library.does("mentions", &[entry()]);
    assert_eq!((mentions.get("total").number(), mentions.get("documents").number()), (3, 2));
    library.does("remove_bible_alias", &[entry(), ("name", Value::text("Anna"))]);
    let change = fields(&[("kind", variant("Other", &[("word", Value::text("ghost"))]))]);
    let changed = library.does("set_bible_entry", &[entry(), ("change", change)]);
    assert_eq!(changed.get("kind").get("word"), &Value::text("ghost"));
    let people = library.does("bible_entries", &[("kind", variant("Person", &[]))]);
    assert!(people.items().is_empty());

    let from = fields(&[("document", two.clone()), ("at", Value::Number(5))]);
    let new = fields(&[("text", Value::text("She is ill.")), ("from", from)]);
    let fact = library.does("add_bible_fact", &[entry(), ("new", new)]);
    assert_eq!(fact.get("from").get("at").number(), 5);
    assert_eq!(fact.get("lost_its_place"), &Value::Bool(false));
    assert_eq!(library.does("bible_facts", &[entry()]), Value::list(std::slice::from_ref(&fact)));
    let at = |document: &Value, at: i64| {
        let place = [entry(), ("document", document.clone()), ("at", Value::Number(at))];
        library.does("facts_at", &place).items().len()
    };
    assert_eq!((at(&two, 3), at(&two, 9)), (0, 1));
    assert_eq!(&library.does("remove_bible_fact", &[("fact", fact.get("id").clone())]), ana.get("id"));
    let document = || ("document", one.clone());
    assert_eq!(library.does("mentions_in", &[document()]).items().len(), 1);
    let near = library.does("entries_near", &[document(), ("range", Value::Range(0, 10))]);
    assert_eq!(near.items()[0].get("ranges").items(), [Value::Range(0, 3)]);
    let named = library.does("entries_named", &[("text", Value::text("Who is Ana?"))]);
    assert_eq!(named.items()[0].get("entry").get("id"), ana.get("id"));

    let name = || ("name", Value::text("Ida"));
    let preview = library.does("preview_bible_rename", &[entry(), name()]);
    assert_eq!(preview.get("replaced").number(), 2);
    let leave = ("leave", Value::list(std::slice::from_ref(&two)));
    let renamed = library.does("rename_bible_entry", &[entry(), name(), leave]);
    assert_eq!(renamed.get("is_complete"), &Value::Bool(true));
    assert_eq!(renamed.get("documents").items()[0].get("state").is(), "Done");
    let rename = || ("rename", renamed.get("id").clone());
    assert_eq!(library.does("text", &[document()]), Value::text("Ida went to the mill. Anna saw her."));
    assert_eq!(library.does("bible_rename", &[rename()]), renamed);
    library.does("finish_bible_rename", &[rename()]);
    library.does("undo_bible_rename", &[rename()]);
    assert_eq!(library.does("text", &[document()]), Value::text("Ana went to the mill. Anna saw her."));
    assert_eq!(library.does("bible_renames", &[entry()]).items().len(), 1);
    library.does("remove_bible_entry", &[entry()]);
    assert_eq!(library.fails("bible_entry", &[entry()]), "bible_entry_not_found");
    assert_eq!(library.close(), Ok(true));
}
