//! Models beside the writer: what `writemagic-ai` decides, kept in the library.
//!
//! The modules here are those of `writemagic-ai`, which knows no library. [`Assistant`] is where the two meet: it keeps runs,
//! calls, proposals and the description of providers in the library's own tables, and puts accepted proposals into documents.
//! [`Assistant::prepare`] makes a prompt of a passage, [`Assistant::prepare_question`] one of a question about all texts, [`Assistant::runs_with`] asks models, and [`Assistant::propose`] makes a
//! proposal of an answer. Nothing is sent but by a run that was started, through a transport that was given for it.
//!
//! ```
//! use writemagic::ai::ledger::{Cap, Caps};
//! use writemagic::ai::model::{Microdollars, Provider};
//! use writemagic::ai::wire::Wire;
//! use writemagic::{Library, OpenOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
//! let assistant = library.assistant();
//! assistant.set_provider(&Provider::new("near", Wire::OpenAi, "http://127.0.0.1:11434/v1", "llama3.2")?)?;
//! let half_a_dollar = Cap { money: Some(Microdollars(500_000)), tokens: None };
//! assistant.set_caps(Caps { day: half_a_dollar, ..Caps::default() })?;
//! assert_eq!(assistant.provider("near")?.model(), "llama3.2");
//! assert_eq!(assistant.ledger()?.caps().day, half_a_dollar);
//! # Ok(())
//! # }
//! ```

mod asking;
mod assistant;
mod context_source;
mod driving;
mod ledger_store;
mod proposal_store;
mod run_store;
mod send_log;
mod summing;
mod text_target;
mod writing;

pub use asking::{Citation, Question};
pub use assistant::Assistant;
pub use summing::SessionSummary;
pub use writemagic_ai::{
    driver, estimate, foreign, key, ledger, model, privacy, proof, proposal, resilience, run, stream, task,
    transport, wire,
};
pub use writing::Writing;

use writemagic_ai::foreign::ForeignError;
use writemagic_storage::Library;

/// A library as the other side of the traits of `writemagic-ai`; one file for each of them.
#[derive(Clone, Debug)]
struct Kept(Library);

/// The error of the library as those traits take it.
fn foreign(error: writemagic_storage::Error) -> ForeignError {
    ForeignError::of(error)
}
