//! llama.cpp's server, and what it must answer. It says what `xtask/interop/model.py` makes its model say.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::check::{Asking, Endpoint, Report, Whole};
use super::command::Writemagic;
use super::server::{Server, free_port};
use super::{KEY, files};
use crate::step;

/// What its one model is called.
pub(super) const MODEL: &str = "recites";
/// A prompt with the sentence as its answer.
pub(super) const FOR_A_SENTENCE: &str = "What burns?";
const SENTENCE: &str = "In the tower 🗼 burns 灯台の光, 👩‍👩‍👧 fin";
/// A prompt with an answer that never ends.
pub(super) const FOR_AN_ENDLESS_ANSWER: &str = "Go on!";
/// The longest of those, in tokens: many seconds of them. The model's context has room for it.
pub(super) const ENDLESS: u64 = 4000;
/// Bytes of a prompt for which the model's context has no room: each is a token.
const TOO_MANY_BYTES: usize = 6000;

/// Writes the model and starts the server.
pub(super) fn start(python: &Path, desk: &Path) -> Result<Server> {
    let model = desk.join("model.gguf");
    step::run("model", Command::new(python).arg("-B").arg(files()?.join("model.py")).arg(&model))?;
    let model = model.to_string_lossy();
    let asked = ["llama_cpp.server", "--model", &model, "--model_alias", MODEL, "--n_ctx", "4096"];
    // No request ends another.
    let guarded = ["--api_key", KEY, "--interrupt_requests", "False"];
    let module = [&asked[..], &guarded].concat();
    Server::start("llama.cpp", python, desk, free_port()?, &module, &[])
}

pub(super) fn check(writemagic: &Writemagic, server: &Server, report: &mut Report) {
    let base_url = format!("{}/v1", server.url);
    let endpoint =
        Endpoint { server: "llama.cpp", path: "/v1/chat/completions", wire: "openai", base_url: &base_url };
    let mut check = |what: &str, check: &dyn Fn(&Asking<'_>) -> Result<()>| {
        report.check(writemagic, &endpoint, MODEL, what, check);
    };
    check("passes `provider test`", &|asking| asking.passes_the_test());
    // It tells no usage in streams.
    check("stops by itself", &|asking| asking.answers(64, FOR_A_SENTENCE, &sentence(false)));
    check("stops at its limit", &|asking| asking.answers(5, FOR_AN_ENDLESS_ANSWER, &ticks(5, false)));
    check("stops when interrupted", &|asking| {
        asking.stops_when_interrupted(ENDLESS, FOR_AN_ENDLESS_ANSWER, server)
    });
    check("answers after that", &|asking| asking.answers(64, FOR_A_SENTENCE, &sentence(false)));
    check("refuses a wrong key", &|asking| {
        asking.fails("sk-wrong", FOR_A_SENTENCE, "credential_rejected").map(drop)
    });
    // It refuses such a prompt after it has said 200, by saying nothing more: no words tell the cause.
    check("says nothing to what is too long", &|asking| {
        asking.fails_again_and_again(&"a".repeat(TOO_MANY_BYTES), "connection_failed")
    });
}

/// The answer that is whole.
pub(super) fn sentence(is_counted: bool) -> Whole {
    Whole { text: SENTENCE.to_owned(), stop: "answered", is_counted }
}

/// The first tokens of the endless answer.
pub(super) fn ticks(tokens: usize, is_counted: bool) -> Whole {
    let text = [" tick", " tock"].into_iter().cycle().take(tokens).collect();
    Whole { text, stop: "output_limit", is_counted }
}
