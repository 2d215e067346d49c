//! What the programs do that ask a model: open the first document of a library, edit it, and ask about it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use writemagic::ai::driver::{Terms, Told};
use writemagic::ai::key::Key;
use writemagic::ai::model::Provider;
use writemagic::ai::task::{Room, Task, TaskKind};
use writemagic::ai::transport::Transport;
use writemagic::ai::wire::Wire;
use writemagic::{DocumentFilter, Durability, Library, OpenOptions};

pub(crate) fn ask(transport: Arc<dyn Transport>) -> Result<(), Box<dyn Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    let library = Library::open(stored, OpenOptions::new())?;
    let page = library.documents(&DocumentFilter::default(), None, 1)?;
    let document = page.documents.first().ok_or("no document")?.id;
    let session = library.edit(document)?;
    session.splice(0, 0, "e")?;
    session.flush(Durability::Committed)?;
    let keys = Arc::new(|provider: &str| Key::new(provider.to_owned()));
    let runs = library.assistant().runs_with(keys, Some(transport))?;
    let room = Room { context: 8_192, output: 1_024, per_mille: 1_000 };
    let task = Task::new(TaskKind::Rewrite);
    let writing = library.assistant().prepare(document, None, None, &task, &room)?;
    let model = Provider::new("near", Wire::OpenAi, "http://127.0.0.1:11434/v1", "m")?;
    let mut run = runs.start(writing.request().clone(), Terms::new([model]))?;
    while let Some(told) = run.next_timeout(Duration::from_secs(60)) {
        if let Told::End(outcome) = told {
            println!("{:?}", outcome.end);
        }
    }
    Ok(())
}
