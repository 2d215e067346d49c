//! Scenarios 15 and 16: what proves an end, and bytes that are cut anywhere.

use std::fs;
use std::path::Path;

use writemagic_ai::driver::Terms;
use writemagic_ai::model::Provider;
use writemagic_ai::run::{RunEnd, RunEvent, RunState};
use writemagic_ai::stream::FailureClass;
use writemagic_ai::wire::Wire;
use writemagic_shared::error::{Code, Coded as _};

use crate::rig::{Heard, Options, listen, request, runs, terms};
use crate::script::{Scripted, Step, head, text};

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_is_interrupted_and_keeps_its_words() {
    for cut in [None, Some(Step::Fail(FailureClass::Connection))] {
        let words: Vec<String> = (0..400).map(|number| format!("word{number} ")).collect();
        let mut script = vec![head()];
        script.extend(words.iter().map(|word| text(word)));
        script.extend(cut);
        let transport = Scripted::new([script]);
        let runs = runs(Some(transport), Options::default());
        let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
        let heard = listen(&mut handle).await;
        let RunEnd::Interrupted { cause, resumable: true } = heard.outcome.end else { panic!() };
        assert_eq!(cause.code(), Code::StreamInterrupted);
        assert_eq!((heard.text(), &heard.outcome.text), (words.concat(), &words.concat()));
        let record = runs.record(handle.run()).unwrap();
        assert_eq!((record.state(), record.text), (RunState::Interrupted, words.concat()));
    }
}

/// All that matters of what was heard: pieces joined, and the end.
fn meaning(heard: &Heard) -> String {
    let mut all = String::new();
    for event in &heard.events {
        match event {
            RunEvent::Text(text) => all.push_str(text),
            RunEvent::Reasoning(text) | RunEvent::ToolCall { arguments: text, .. } => {
                all.push_str(&format!("({text})"));
            }
            RunEvent::Started { model, .. } => all.push_str(&format!("started {model:?} ")),
            RunEvent::Usage(_) | RunEvent::Heartbeat | RunEvent::Retry { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    format!("{all} {:?} {:?} {:?}", heard.outcome.end, heard.outcome.usage, heard.outcome.text)
}

#[tokio::test(start_paused = true)]
async fn recorded_streams_come_out_the_same_wherever_their_bytes_are_cut() {
    let recorded = [
        (Wire::OpenAi, "openai/openrouter"),
        (Wire::Anthropic, "anthropic/thinking"),
        (Wire::Gemini, "gemini/plain"),
    ];
    for (wire, name) in recorded {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/streams");
        let file = folder.join(name).with_extension("http");
        let recorded = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{name}"));
        let (_, body) = recorded.split_once("\n\n").unwrap();
        let provider = Provider::new("a", wire, "https://a.example/v1", "model-1").unwrap();
        let mut meanings = Vec::new();
        for end in ["\n", "\r\n"] {
            let body = body.replace('\n', end).into_bytes();
            for cut in 0..body.len() {
                let (first, second) = body.split_at(cut);
                let script = vec![head(), Step::Bytes(first.to_vec()), Step::Bytes(second.to_vec())];
                let runs = runs(Some(Scripted::new([script])), Options::default());
                let mut handle = runs.start(request("?"), Terms::new([provider.clone()])).unwrap();
                meanings.push(meaning(&listen(&mut handle).await));
            }
        }
        assert!(meanings[0].contains("Completed"), "{name}: {}", meanings[0]);
        assert!(meanings.iter().all(|other| *other == meanings[0]), "{name}");
    }
}
