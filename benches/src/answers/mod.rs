//! Answers of models: reading their streams, what a whole run adds to that, and what runs and TLS weigh.

mod contenders;
mod runs;
mod sse;
mod streams;

use anyhow::Result;

use crate::plan::Plan;
use crate::sizes;

pub(crate) use runs::hold_open;

/// Programs in `sizes/`, by the way to the network.
const PROGRAMS: [(&str, &str); 3] = [
    ("no model is asked", "size-writemagic"),
    ("a model is asked, the app brings the client", "size-writemagic-runs"),
    ("the same over `net`", "size-writemagic-net"),
];

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let mut body = HEAD.to_owned();
    plan.say("answers: reading streams");
    body += "\n### Reading event streams, GB a second\n\n";
    body += &sse::measure(plan)?;
    plan.say("answers: whole runs");
    body += "\n### Whole runs\n\n";
    body += &runs::measure(plan)?;
    body += "\n### Bytes added to a program\n\n";
    body += &sizes::added(&PROGRAMS)?;
    Ok(body + NOTES)
}

const HEAD: &str = "Medians of interleaved rounds. The answers are made up in the shape of each provider; nothing is sent anywhere.\n";

const NOTES: &str = "
- Everybody reads the same chunks and gives the same number of events with the same bytes of data, which is checked. \
eventsource-stream and sse-stream make a `String` of each event; ours are borrowed from the decoder.
- A run goes through a library on disk: it is kept, paid for and logged as a real one, over a transport that has the \
whole answer at once. *Events* are those of the provider's stream; an app hears at most 30 pieces of text a second.
- *The stream alone* is eventsource-stream and `serde_json` into structs that take the text out, which is what a small \
client does: nothing is kept, and no end is proven.
- *To the first words*: processor time of the whole process from asking to the first text in the app's hands, where the \
transport answers at once; the writes of the library's own thread are in it.
- *Memory of an open run*: resident bytes of a process with 64 open runs, each in the middle of an answer, and the same \
process before them, by run.
- `net` is the HTTP client with TLS of the engine's own; an app that brings its own client leaves it out.
- Bytes added: what is loaded into memory beyond a program that only reads a file.
";
