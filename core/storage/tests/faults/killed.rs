//! A process that types into two documents at once, rests, suspends and resumes, and is killed without warning.

use std::path::Path;
use std::time::Duration;

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::{Durability, EditSession};

use crate::again::{self, Other};
use crate::model::Model;
use crate::random::Random;

/// Kills in the ordinary run; `cargo xtask kill` asks for more.
const KILLS: usize = 16;
/// Kills that one library lives through; then the next one starts.
const KILLS_PER_LIBRARY: usize = 8;
/// Splices into one document, if nobody kills.
const SPLICES: usize = 4_000;
/// Splices after which a session is closed, so that its head is written, and opened again.
const SESSION: usize = 64;

/// What is typed into a document: the same for the same seed.
struct Typing {
    random: Random,
    length: u64,
    count: usize,
}

impl Typing {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), length: 0, count: 0 }
    }

    /// The next splice. Texts do not repeat: its number stands in it.
    fn next(&mut self) -> (u64, u64, String) {
        let delete = (self.random.below(4) as u64).min(self.length);
        let at = self.random.below((self.length - delete + 1) as usize) as u64;
        let insert = format!(" {}語", self.count);
        self.length = self.length - delete + insert.encode_utf16().count() as u64;
        self.count += 1;
        (at, delete, insert)
    }
}

/// Types into both documents of the library until it is killed, and says what is durable.
#[test]
fn typist() {
    let Some(folder) = again::folder() else { return };
    let library = Library::open(&folder, OpenOptions::new()).unwrap();
    again::say("ready");
    let orders = again::hear().unwrap();
    let orders: Vec<&str> = orders.split_whitespace().collect();
    let [batch, suspend, documents @ ..] = orders.as_slice() else { panic!("orders: {orders:?}") };
    let batch: usize = batch.parse().unwrap();
    std::thread::scope(|scope| {
        let library = &library;
        let typing: Vec<_> = documents
            .iter()
            .map(|document| scope.spawn(move || type_into(library, document, batch)))
            .collect();
        // Flushes that meet a suspended library are not acknowledged: whoever waits for more must hear the end.
        while *suspend == "suspend" && !typing.iter().all(|typing| typing.is_finished()) {
            library.suspend().unwrap();
            library.resume().unwrap();
        }
    });
}

/// `order` is the document's number, id and seed.
fn type_into(library: &Library, order: &str, batch: usize) {
    let [number, id, seed] = order.split(':').collect::<Vec<_>>().try_into().unwrap();
    let document: DocumentId = id.parse().unwrap();
    let mut typing = Typing::new(seed.parse().unwrap());
    let mut session = open_session(library, document);
    while typing.count < SPLICES {
        for _ in 0..batch {
            let (at, delete, insert) = typing.next();
            session.splice(at, delete, &insert).unwrap();
        }
        let ends = typing.count % SESSION < batch;
        let saved = if ends { session.close() } else { session.flush(Durability::Committed).map(|_| ()) };
        match saved {
            Ok(()) => again::say(&format!("{number} {}", typing.count)),
            Err(error) => assert_eq!(error.code(), Code::LibrarySuspended),
        }
        if ends {
            // If it could not be closed, it is the same one.
            session = open_session(library, document);
        }
    }
}

/// Opens a session, however often another thread suspends the library.
fn open_session(library: &Library, document: DocumentId) -> EditSession {
    loop {
        match library.edit(document) {
            Ok(session) => return session,
            Err(error) => assert_eq!(error.code(), Code::LibrarySuspended),
        }
    }
}

/// The text of a document is one that was typed, `least` splices or more after it was empty.
fn assert_typed(library: &Library, document: DocumentId, seed: u64, least: usize, at: &str) {
    let text = library.text(document).unwrap();
    let mut typing = Typing::new(seed);
    let mut model = Model::new("");
    while typing.count < SPLICES + SESSION {
        if typing.count >= least && model.text() == text {
            return;
        }
        let (at, delete, insert) = typing.next();
        model.splice(at, delete, &insert);
    }
    panic!("lost or foreign text: {at}");
}

/// Gives how many splices were durable when the process was killed.
fn kill_one(folder: &Path, random: &mut Random, kill: usize) -> usize {
    let library = Library::open(folder, OpenOptions::new().create(true)).unwrap();
    let documents: Vec<(DocumentId, u64)> = (0..2)
        .map(|_| (library.create_document(NewDocument::titled("t")).unwrap().id, random.next()))
        .collect();
    library.close().unwrap();
    let batch = [1, 3, 20][random.below(3)];
    let suspend = if kill.is_multiple_of(3) { "suspend" } else { "stay" };
    let (lines, micros) = (random.below(200), random.below(4_000) as u64);
    let at =
        format!("kill {kill}, {micros} µs after {lines} acknowledgements, batches of {batch}, {suspend}");
    let mut typist = Other::start(&mut again::command("killed::typist", folder));
    assert_eq!(typist.next().as_deref(), Some("ready"));
    let orders = documents.iter().enumerate().map(|(n, (id, seed))| format!(" {n}:{id}:{seed}"));
    typist.tell(&format!("{batch} {suspend}{}", orders.collect::<String>()));
    let mut durable = [0; 2];
    let mut note = |line: &str| {
        let (number, count) = line.split_once(' ').unwrap();
        durable[number.parse::<usize>().unwrap()] = count.parse().unwrap();
    };
    (0..lines).map_while(|_| typist.next()).for_each(|line| note(&line));
    std::thread::sleep(Duration::from_micros(micros)); // deliberate: the random moment of the kill
    typist.kill();
    // What it had said before it died was promised.
    std::iter::from_fn(|| typist.next()).for_each(|line| note(&line));
    let library = Library::open(folder, OpenOptions::new()).unwrap();
    for ((document, seed), durable) in documents.iter().zip(durable) {
        assert_typed(&library, *document, *seed, durable, &at);
    }
    assert!(library.check(false, &Progress::new()).unwrap().is_ok(), "{at}");
    library.close().unwrap();
    durable.iter().sum()
}

#[test]
fn killed_while_it_types_into_two_documents_a_process_loses_nothing() {
    let kills = std::env::var("WRITEMAGIC_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut random = Random::announced();
    let mut folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for kill in 0..kills {
        if kill % KILLS_PER_LIBRARY == 0 {
            folder = tempfile::tempdir().unwrap();
        }
        acknowledged += kill_one(folder.path(), &mut random, kill);
        if kill % 100 == 99 {
            println!("{} kills of {kills}", kill + 1);
        }
    }
    println!("{kills} kills, {acknowledged} edits acknowledged, none lost");
    assert!(acknowledged > kills);
}
