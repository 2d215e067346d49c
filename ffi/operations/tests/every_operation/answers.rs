//! What becomes of answers; proofs, plain texts.

use crate::client::{Object, Value, document, fields, free, library, variant};

fn room() -> (&'static str, Value) {
    ("room", fields(&[]))
}

pub(crate) fn proposals() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let assistant = library.view("Assistant");
    let text = "It was a dark and stormy night. The rain fell in torrents.";
    let night = document(library, "Night", text);
    let task = fields(&[("kind", variant("Rewrite", &[])), ("instruction", Value::text("brighter"))]);
    let writing = [("document", night.clone()), ("range", Value::Range(0, 1_000)), ("task", task), room()];
    let writing = Object::new("Writing", &assistant.does("prepare", &writing));
    let request = writing.does("request", &[]);
    assert!(request.get("messages").items().iter().any(|said| said.get("text").str().contains("stormy")));
    let prompt = writing.does("prompt", &[]);
    assert_eq!((prompt.get("answer").is(), prompt.get("request")), ("Replace", &request));
    assert_eq!(prompt.get("sources").items()[0].get("source").get("document"), &night);
    assert_eq!(writing.does("changes_text", &[]), Value::Bool(true));
    let answer = "It was a bright and stormy night. The rain fell in sheets.";
    let answer = [
        ("writing", writing.value()),
        ("run", Value::Bytes(vec![7; 16])),
        ("model", Value::text("model-1")),
        ("answer", Value::text(answer)),
    ];
    let proposal = assistant.does("propose", &answer);
    assert_eq!((proposal.get("hunks").items().len(), proposal.get("is_open")), (2, &Value::Bool(true)));
    assert_eq!(writing.close(), Ok(true));
    assert_eq!(assistant.fails("propose", &answer), "handle_closed");

    let proposals = library.view("Proposals");
    let id = || ("id", proposal.get("id").clone());
    assert_eq!(proposals.does("get", &[id()]), proposal);
    let open = fields(&[("open", Value::Bool(true))]);
    let page = proposals.does("list", &[("filter", open)]);
    assert_eq!((page.get("proposals").items().len(), page.get("unreadable").number()), (1, 0));
    let placed = proposals.does("placed", &[id()]);
    assert_eq!(placed.get("ranges").items()[0], Value::Range(9, 13));
    let second = variant("These", &[("hunks", Value::list(&[Value::Number(1)]))]);
    let outcome = proposals.does("accept", &[id(), ("which", second)]);
    assert_eq!(outcome.get("decided").items(), [Value::Number(1)]);
    let rejected = proposals.does("reject", &[id()]);
    assert_eq!(rejected.get("proposal").get("hunks").items()[0].get("state").is(), "Rejected");
    let wanted = text.replace("torrents", "sheets");
    assert_eq!(library.does("text", &[("document", night)]), Value::text(&wanted));
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn questions_and_summaries() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let assistant = library.view("Assistant");
    let well = document(library, "The well", "Ada dropped her ring into the well.");
    let question = [("question", Value::text("Where is the ring?")), room()];
    let question = Object::new("Question", &assistant.does("prepare_question", &question));
    assert_eq!(question.does("prompt", &[]).get("request"), &question.does("request", &[]));
    let answer = [("question", question.value()), ("answer", Value::text("In the well [1]."))];
    let citations = assistant.does("citations", &answer);
    let [cited] = citations.items() else { panic!("{citations:?}") };
    assert_eq!((cited.get("number").number(), cited.get("place")), (1, &Value::Range(0, 35)));
    assert_eq!(cited.get("quoted").get("source").get("document"), &well);
    assert_eq!(question.close(), Ok(true));

    let memories: Vec<Value> = ["It rained.", "Ada laughed."]
        .iter()
        .enumerate()
        .map(|(n, text)| {
            fields(&[
                ("key", Value::Text(format!("m{n}"))),
                ("text", Value::text(text)),
                ("session", Value::text("monday")),
            ])
        })
        .collect();
    library.does("remember_all", &[("memories", Value::List(memories))]);
    let keys = Value::list(&[Value::text("m0"), Value::text("m1")]);
    let group = fields(&[("session", Value::text("monday")), ("keys", keys), ("bytes", Value::Number(22))]);
    let summary = assistant.does("prepare_summary", &[("group", group), room()]);
    let summary = Object::new("SessionSummary", &summary);
    assert_eq!(summary.does("session", &[]), Value::text("monday"));
    assert_eq!(summary.does("prompt", &[]).get("request"), &summary.does("request", &[]));
    let answer = [("summary", summary.value()), ("answer", Value::text("Ada laughed in the rain."))];
    let kept = assistant.does("keep_summary", &answer);
    assert_eq!(kept.get("parts").items().len(), 2);
    assert_eq!(summary.close(), Ok(true));
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn proofs_and_texts() {
    let tag = [("tag", Value::text("en-GB"))];
    let language = free("Proof", "language_of_tag", &tag).unwrap();
    assert_eq!(language.is(), "English");
    let rules = Value::list(&[variant("DoubledWord", &[]), variant("MixedQuotes", &[])]);
    let proof = free("Proof", "new", &[("language", language), ("rules", rules)]).unwrap();
    let proof = Object::new("Proof", &proof);
    let wrong = || Value::text("She walked to the the window , and waited.");
    let found = proof.does("text", &[("text", wrong())]);
    let [finding] = found.items() else { panic!("{found:?}") };
    assert_eq!((finding.get("rule").is(), finding.get("range")), ("DoubledWord", &Value::Range(17, 21)));
    let whole = Object::new("ProofProfile", &proof.does("profile", &[("text", wrong())]));
    let one = proof.does("profile_of_paragraph", &[("paragraph", wrong())]);
    let one = Object::new("ProofProfile", &one);
    whole.does("add", &[("other", one.value())]);
    whole.does("add", &[("other", whole.value())]);
    whole.does("subtract", &[("other", one.value())]);
    let paragraph = [("paragraph", wrong()), ("profile", whole.value())];
    assert_eq!(proof.does("paragraph", &paragraph), found);
    for object in [one, whole, proof] {
        assert_eq!(object.close(), Ok(true));
    }

    let text = || Value::text("Ana 😀 wept. Rain!");
    let stats = free("Text", "stats", &[("text", text())]).unwrap();
    assert_eq!((stats.get("words").number(), stats.get("sentences").number()), (3, 2));
    assert_eq!(free("Text", "unicode_version", &[]).unwrap(), Value::text(writemagic::text::UNICODE_VERSION));
    let pattern = [("text", text()), ("pattern", Value::text("RAIN")), ("options", fields(&[]))];
    let found = free("Text", "find", &pattern).unwrap();
    assert_eq!(found.items()[0].get("utf16"), &Value::Range(13, 17));
    let nothing = [("text", text()), ("pattern", Value::text("")), ("options", fields(&[]))];
    assert_eq!(free("Text", "find", &nothing).unwrap_err().code().name(), "invalid_argument");
    let old = ("old", Value::text("It was night.\n"));
    let new = [old, ("new", Value::text("It was a dark night.\n")), ("by", variant("Words", &[]))];
    let hunks = free("Text", "diff", &new).unwrap();
    assert_eq!(hunks.items()[0].get("new"), &Value::Range(7, 14));
    let unit = [("text", text()), ("unit", variant("Sentence", &[]))];
    assert_eq!(free("Text", "segments", &unit).unwrap().items().len(), 2);
    let english = Value::text("It was the best of times, it was the worst of times.");
    let detected = free("Text", "detect", &[("text", english)]).unwrap();
    assert_eq!(
        (detected.get("script"), detected.get("language")),
        (&Value::text("Latn"), &Value::text("en"))
    );
    assert!(free("Text", "tokens", &[("text", text())]).unwrap().number() > 3);
}
