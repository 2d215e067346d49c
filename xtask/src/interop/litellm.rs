//! The litellm proxy, whose endpoints have the shapes of all three wires, and what each must answer. Its models stand in
//! `xtask/interop/litellm.yaml`.
//!
//! What it cannot do, and what is done instead:
//! - Asked for a stream of Messages, it gives a mocked answer as one JSON object: that must be told as no stream. The same
//!   answer relayed over a socket streams, and so does the llama.cpp server behind it.
//! - Its Gemini-shaped stream reads usage from the chunk that ends the answer, and what stands behind it tells usage one
//!   chunk later: it always says 0. So our estimate must stand.
//! - Errors of its Gemini-shaped endpoint have OpenAI's shape, and errors of the models behind it are wrapped in errors of
//!   its own, so that most have the status 500. The words in them must tell all the same.

use std::path::Path;

use anyhow::Result;

use super::check::{Asking, Endpoint, Report, Whole};
use super::command::Writemagic;
use super::server::{Server, free_port};
use super::{KEY, files, llama};

/// What the mocked model says.
const SAID: &str = "Grüße aus dem Leuchtturm 🗼👩‍👩‍👧: 灯台の光。 Ende.";

/// Starts the proxy in front of llama.cpp's server. It asks nobody else: neither for prices nor for news.
pub(super) fn start(python: &Path, desk: &Path, llama: &Server) -> Result<Server> {
    let port = free_port()?;
    let settings = files()?.join("litellm.yaml");
    let settings = settings.to_string_lossy();
    let local =
        ["ANTHROPIC_BETA_HEADERS", "AUTOROUTER_PRESETS", "BLOG_POSTS", "MODEL_COST_MAP", "POLICY_TEMPLATES"];
    let local = local.map(|what| format!("LITELLM_LOCAL_{what}"));
    let (own, llama) = (format!("http://127.0.0.1:{port}/v1"), format!("{}/v1", llama.url));
    let mut variables = vec![
        ("INTEROP_KEY", KEY),
        ("INTEROP_PROXY", &own),
        ("INTEROP_LLAMA", &llama),
        ("DISABLE_ADMIN_UI", "True"),
        ("LITELLM_TELEMETRY", "False"),
        ("NO_DOCS", "True"),
    ];
    variables.extend(local.iter().map(|variable| (variable.as_str(), "True")));
    let module = ["litellm.proxy.proxy_cli", "--config", &settings, "--telemetry", "False"];
    Server::start("litellm", python, desk, port, &module, &variables)
}

pub(super) fn check(writemagic: &Writemagic, server: &Server, behind: &Server, report: &mut Report) {
    let root = &server.url;
    let endpoints = [
        ("openai", "/v1/chat/completions", format!("{root}/v1")),
        ("anthropic", "/v1/messages", root.clone()),
        ("gemini", "/v1beta/models/…:streamGenerateContent", format!("{root}/v1beta")),
    ];
    for (wire, path, base_url) in &endpoints {
        let endpoint = Endpoint { server: "litellm", path, wire, base_url };
        check_endpoint(writemagic, &endpoint, behind, report);
    }
}

fn check_endpoint(writemagic: &Writemagic, endpoint: &Endpoint<'_>, behind: &Server, report: &mut Report) {
    let is_counted = endpoint.wire != "gemini";
    let said = Whole { text: SAID.to_owned(), stop: "answered", is_counted };
    let mut check = |model: &str, what: &str, check: &dyn Fn(&Asking<'_>) -> Result<()>| {
        report.check(writemagic, endpoint, model, what, check);
    };
    check("relays", "passes `provider test`", &|asking| asking.passes_the_test());
    match endpoint.wire {
        "anthropic" => check("says", "a JSON object is no stream", &|asking| {
            asking.fails(KEY, "Hello", "not_an_event_stream").map(drop)
        }),
        _ => check("says", "answers", &|asking| asking.answers(64, "Hello", &said)),
    }
    check("relays", "answers", &|asking| asking.answers(64, "Hello", &said));
    check(llama::MODEL, "stops by itself", &|asking| {
        asking.answers(64, llama::FOR_A_SENTENCE, &llama::sentence(is_counted))
    });
    check(llama::MODEL, "stops at its limit", &|asking| {
        asking.answers(5, llama::FOR_AN_ENDLESS_ANSWER, &llama::ticks(5, is_counted))
    });
    check(llama::MODEL, "stops when interrupted", &|asking| {
        asking.stops_when_interrupted(llama::ENDLESS, llama::FOR_AN_ENDLESS_ANSWER, behind)
    });
    check(llama::MODEL, "answers after that", &|asking| {
        asking.answers(64, llama::FOR_A_SENTENCE, &llama::sentence(is_counted))
    });
    check("says", "refuses a wrong key", &|asking| {
        asking.fails("sk-wrong", "Hello", "credential_rejected").map(drop)
    });
    check("unknown", "refuses a model it does not have", &|asking| {
        asking.fails(KEY, "Hello", "request_rejected").map(drop)
    });
    check("short", "refuses what is too long", &|asking| {
        asking.fails(KEY, "Hello", "context_too_long").map(drop)
    });
    check("limited", "wants fewer calls", &|asking| asking.fails_again_and_again("Hello", "rate_limited"));
    check("broken", "is broken", &|asking| asking.fails_again_and_again("Hello", "provider_unavailable"));
    if endpoint.wire != "anthropic" {
        // Of Messages the proxy says the words of this error as an answer.
        check("overloaded", "is overloaded", &|asking| {
            asking.fails_again_and_again("Hello", "provider_unavailable")
        });
    }
}
