//! Threads that type into the same documents: whatever the order, the texts are those of a sequential model.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says with a panic what is wrong, and on standard output what it ran with"
)]

#[path = "support/model.rs"]
mod model;
#[path = "support/random.rs"]
mod random;
#[path = "support/seconds.rs"]
mod seconds;

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::{Durability, EditSession, Ticket};

use model::Model;

const DOCUMENTS: usize = 3;
const START: &str = "start 😀 é\r\n";

/// What a thread does next.
#[derive(Clone, Debug)]
enum Act {
    Splice { document: usize, at: u64, delete: u64, insert: String },
    Flush { document: usize, durability: Durability },
    Read { document: usize },
    Suspend,
}

/// A splice that was accepted, with its ticket.
type Accepted = (Ticket, (u64, u64, String));

/// Does what a thread has to do; gives what each document accepted of it.
fn perform(library: &Library, sessions: &[EditSession], script: &[Act]) -> Vec<Vec<Accepted>> {
    let mut accepted = vec![Vec::new(); DOCUMENTS];
    for act in script {
        match act {
            Act::Splice { document, at, delete, insert } => {
                let ticket = sessions[*document].splice(*at, *delete, insert).unwrap();
                accepted[*document].push((ticket, (*at, *delete, insert.clone())));
            }
            Act::Flush { document, durability } => match sessions[*document].flush(*durability) {
                Ok(ticket) => assert!(sessions[*document].durable() >= ticket),
                Err(error) => assert_eq!(error.code(), Code::LibrarySuspended),
            },
            Act::Read { document } => {
                let session = &sessions[*document];
                let durable = session.durable();
                // Settles what is queued, between what others do.
                assert!(session.text().len() < 1 << 20);
                assert!(session.durable() >= durable);
            }
            Act::Suspend => {
                library.suspend().unwrap();
                // Another thread may be faster.
                if let Err(error) = library.resume() {
                    assert_eq!(error.code(), Code::LibraryBusy);
                }
            }
        }
    }
    accepted
}

/// Runs the scripts, a thread each, and holds every text against the splices in the order of their tickets.
fn run(scripts: &[Vec<Act>]) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
    let sessions: Vec<EditSession> = (0..DOCUMENTS)
        .map(|_| {
            let new = NewDocument::titled("canary-b7e1f0").text(START);
            library.edit(library.create_document(new).unwrap().id).unwrap()
        })
        .collect();
    let accepted: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            scripts.iter().map(|script| scope.spawn(|| perform(&library, &sessions, script))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    library.resume().unwrap();
    let mut texts = Vec::new();
    for (document, session) in sessions.iter().enumerate() {
        let mut splices: Vec<Accepted> = accepted.iter().flat_map(|of| of[document].clone()).collect();
        splices.sort_by_key(|(ticket, _)| *ticket);
        let tickets = splices.iter().map(|(ticket, _)| ticket.0);
        assert!(tickets.eq(1..=splices.len() as u64), "every splice has a ticket of its own, from 1");
        let mut model = Model::new(START);
        for (_, (at, delete, insert)) in &splices {
            model.splice(*at, *delete, insert);
        }
        assert!(session.text() == model.text(), "the text under edit");
        let last = session.flush(Durability::Committed).unwrap();
        assert_eq!((last, session.durable()), (Ticket(splices.len() as u64), last));
        assert!(library.text(session.document()).unwrap() == model.text(), "the saved text");
        texts.push((session.document(), model.text()));
    }
    drop(sessions);
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new()).unwrap();
    for (document, text) in texts {
        assert!(library.text(document).unwrap() == text, "the text of a new process");
    }
    assert_eq!(library.check(false, &Progress::new()).unwrap().problems, []);
}

fn act() -> impl Strategy<Value = Act> {
    let document = 0..DOCUMENTS;
    let delete = prop_oneof![8 => 0..8_u64, 1 => Just(u64::MAX)];
    let splice = (document.clone(), 0..60_u64, delete, "(\\PC|\\n|\\r\\n|😀|a){0,6}")
        .prop_map(|(document, at, delete, insert)| Act::Splice { document, at, delete, insert });
    let durability = prop_oneof![Just(Durability::Committed), Just(Durability::Strict)];
    prop_oneof![
        24 => splice,
        2 => (document.clone(), durability).prop_map(|(document, durability)| Act::Flush { document, durability }),
        2 => document.prop_map(|document| Act::Read { document }),
        1 => Just(Act::Suspend),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn threads_that_type_at_once_leave_the_texts_of_a_sequential_model(
        scripts in prop::collection::vec(prop::collection::vec(act(), 1..60), 2..5),
    ) {
        run(&scripts);
    }
}

mod stress {
    use super::*;
    use random::Random;
    use seconds::repeatedly;

    fn random_act(random: &mut Random) -> Act {
        let document = random.below(DOCUMENTS);
        match random.below(200) {
            0 => Act::Suspend,
            1 | 2 => Act::Read { document },
            3 => Act::Flush { document, durability: Durability::Strict },
            4..=8 => Act::Flush { document, durability: Durability::Committed },
            _ => {
                let insert = ["a", " ", "😀", "é", "\r\n", "word ", "語語語", ""][random.below(8)];
                let insert = insert.repeat(1 + 200 * usize::from(random.below(500) == 0));
                let delete = random.below(8) as u64 * random.below(8) as u64;
                Act::Splice { document, at: random.below(4_000) as u64, delete, insert }
            }
        }
    }

    #[test]
    #[ignore = "a minute, or WRITEMAGIC_STRESS_SECONDS"] // deliberate: `cargo xtask stress` runs it
    fn threads_that_type_at_once_for_long() {
        let mut random = Random::announced();
        repeatedly(|_| {
            let threads = 2 + random.below(6);
            let scripts: Vec<Vec<Act>> =
                (0..threads).map(|_| (0..4_000).map(|_| random_act(&mut random)).collect()).collect();
            run(&scripts);
        });
    }
}
