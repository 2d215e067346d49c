//! What search by meaning knows outlives the process; what it does not know it reads again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;

use super::*;

/// A model that counts what it is asked.
struct Counting {
    table: Table,
    asked: AtomicUsize,
    is_quick: bool,
}

impl Counting {
    fn new(image: &'static [u8], is_quick: bool) -> Arc<Self> {
        Arc::new(Self { table: Table::new(image).unwrap(), asked: AtomicUsize::new(0), is_quick })
    }

    fn take(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

impl Embedder for Counting {
    fn model(&self) -> &ModelId {
        self.table.model()
    }

    fn dimensions(&self) -> usize {
        self.table.dimensions()
    }

    fn is_quick(&self) -> bool {
        self.is_quick
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.asked.fetch_add(texts.len(), Ordering::SeqCst);
        self.table.embed(texts)
    }
}

const IMAGE: &[u8] = writemagic_embedding_table::TABLE_128;
const QUESTIONS: [&str; 3] =
    ["Who mended a ship?", "jewellery that disappeared", "the nurse and the instrument"];

fn open(folder: &Path, model: &Arc<Counting>) -> Library {
    let model = Arc::clone(model) as Arc<dyn Embedder>;
    Library::open(folder, OpenOptions::new().create(true).embedder(model)).unwrap()
}

fn fill(library: &Library) -> Vec<DocumentId> {
    let document = |number: usize| {
        let text: Vec<String> =
            (number * 3..number * 3 + 3).map(|number| sentence(number).repeat(6)).collect();
        library.create_document(NewDocument::titled("House").text(text.join("\n\n"))).unwrap().id
    };
    (0..60).map(document).collect()
}

fn answers(library: &Library) -> Vec<PassagePage> {
    QUESTIONS.map(|question| ask(library, question)).to_vec()
}

fn snapshots(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "index")).collect()
}

#[test]
fn the_next_process_reads_nothing_again_but_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let model = Counting::new(IMAGE, true);
    let library = open(folder.path(), &model);
    let documents = fill(&library);
    let before = answers(&library);
    assert!(before.iter().all(|page| page.is_complete && page.by_meaning && page.passages == 180));
    // Each passage, and the first of each document with its title.
    assert_eq!(model.take(), 180 + 60 + QUESTIONS.len());
    library.close().unwrap();
    assert_eq!(snapshots(folder.path()).len(), 1);

    let library = open(folder.path(), &model);
    assert_eq!(answers(&library), before);
    assert_eq!(model.take(), QUESTIONS.len());
    // One passage at the start of a document changes, and with it what its neighbours mean.
    let session = library.edit(documents[7]).unwrap();
    session.splice(0, 0, "A whale sang. ").unwrap();
    session.flush(Durability::Committed).unwrap();
    session.close().unwrap();
    library.trash(documents[8]).unwrap();
    assert_eq!(ask(&library, "whales").hits[0].document, documents[7]);
    assert_eq!(model.take(), 4 + 1);
    library.close().unwrap();
    // Too little to write again: the next process reads it once more, a reader too.
    let model_again = Arc::clone(&model) as Arc<dyn Embedder>;
    let library =
        Library::open(folder.path(), OpenOptions::new().read_only(true).embedder(model_again)).unwrap();
    let page = ask(&library, "whales");
    assert_eq!((page.hits[0].document, page.passages, page.is_complete), (documents[7], 177, true));
    assert_eq!(model.take(), 4 + 1);
    let after = answers(&library);
    drop(library);

    // Whatever befalls the file, the answers are the same.
    let damages: [fn(&Path); 4] = [
        |file| fs::remove_file(file).unwrap(),
        |file| fs::write(file, b"not a snapshot").unwrap(),
        |file| {
            let mut bytes = fs::read(file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(file, bytes).unwrap();
        },
        |file| {
            let bytes = fs::read(file).unwrap();
            fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
        },
    ];
    for damage in damages {
        damage(&snapshots(folder.path())[0]);
        let library = open(folder.path(), &model);
        assert_eq!(answers(&library), after);
        assert!(model.take() >= 177);
        library.close().unwrap();
        assert_eq!(snapshots(folder.path()).len(), 1);
        let library = open(folder.path(), &model);
        assert_eq!(answers(&library), after);
        assert_eq!(model.take(), QUESTIONS.len());
        library.close().unwrap();
    }
}

#[test]
fn another_model_is_never_mixed_with_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let large = Counting::new(IMAGE, true);
    let library = open(folder.path(), &large);
    fill(&library);
    let of_large = answers(&library);
    library.close().unwrap();
    let small = Counting::new(writemagic_embedding_table::TABLE_64, true);
    let library = open(folder.path(), &small);
    let of_small = answers(&library);
    assert_eq!(small.take(), 240 + QUESTIONS.len());
    assert_ne!(of_small, of_large);
    library.close().unwrap();
    // Without a model words are found in what there is, and nothing is written over it.
    let library = Library::open(folder.path(), OpenOptions::new()).unwrap();
    let page = ask(&library, "nurses");
    assert!(!page.by_meaning && page.is_complete && page.hits[0].text.contains("nurse"));
    library.create_document(NewDocument::titled("More").text("Nurses sang.")).unwrap();
    assert_eq!(ask(&library, "singing nurses").hits[0].title, "More");
    library.close().unwrap();
    small.take();
    let library = open(folder.path(), &small);
    assert_eq!(ask(&library, "singing nurses").hits[0].title, "More");
    assert_eq!(small.take(), 2 + 1);
    library.close().unwrap();
    let library = open(folder.path(), &large);
    assert_eq!(answers(&library).len(), 3);
    assert_eq!(large.take(), 240 + 3 + 242 + QUESTIONS.len());
}

#[test]
fn a_model_that_takes_its_time_reads_beside_the_searches() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Counting::new(IMAGE, false);
    let library = open(folder.path(), &slow);
    let documents = fill(&library);
    // The first search starts it, and answers by words.
    let page = ask(&library, "Which nurses are there?");
    assert!(!page.is_complete && !page.by_meaning && page.hits.is_empty());
    let page = ask(&library, "What did the nurse do?");
    assert!(page.hits.iter().all(|hit| hit.text.contains("nurse")) && !page.hits.is_empty());
    library.index_meaning(&Progress::new()).unwrap();
    let page = ask(&library, "Who mended a ship?");
    assert!(page.is_complete && page.by_meaning);
    // What is typed now is found a little later; until then as it was.
    library.purge(documents[0], true).unwrap();
    let new = library.create_document(NewDocument::titled("Ship").text("He mended a ship.")).unwrap().id;
    let before = ask(&library, "Who mended a ship?");
    library.index_meaning(&Progress::new()).unwrap();
    let after = ask(&library, "Who mended a ship?");
    assert!(after.is_complete && after.hits[0].document == new);
    assert!(before.by_meaning && (before.is_complete || before.hits != after.hits));
    // While it is behind, what it shows stands where it says.
    let session = library.edit(new).unwrap();
    for number in 0..20 {
        session.splice(0, 0, &format!("{}\n\n", sentence(number).repeat(6))).unwrap();
        session.flush(Durability::Committed).unwrap();
        for hit in ask(&library, "Who mended a ship?").hits {
            let text: Vec<u16> =
                library.text_at(hit.document, &hit.version).unwrap().encode_utf16().collect();
            assert_eq!(
                String::from_utf16_lossy(&text[hit.range.start as usize..hit.range.end as usize]),
                hit.text
            );
        }
    }
    session.close().unwrap();
    // Cancelled, it keeps what it has.
    let cancelled = Progress::new();
    cancelled.cancel();
    assert_eq!(library.index_meaning(&cancelled).unwrap_err().code(), Code::Cancelled);
}

/// A model that stops the work in the middle of it.
struct Stopping {
    table: Table,
    left: AtomicUsize,
    progress: Progress,
}

impl Embedder for Stopping {
    fn model(&self) -> &ModelId {
        self.table.model()
    }

    fn dimensions(&self) -> usize {
        self.table.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if self.left.fetch_sub(texts.len().min(self.left.load(Ordering::SeqCst)), Ordering::SeqCst) == 0 {
            self.progress.cancel();
        }
        self.table.embed(texts)
    }
}

#[test]
fn a_model_that_is_changed_in_the_middle_leaves_nothing_of_the_one_before() {
    let (folder, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let progress = Progress::new();
    let small = Table::new(writemagic_embedding_table::TABLE_64).unwrap();
    let stopping = Stopping { table: small, left: AtomicUsize::new(120), progress: progress.clone() };
    let options = OpenOptions::new().create(true).embedder(Arc::new(stopping));
    let library = Library::open(folder.path(), options).unwrap();
    fill(&library);
    assert_eq!(library.index_meaning(&progress).unwrap_err().code(), Code::Cancelled);
    // Closing keeps the half that was read, for the same model.
    library.close().unwrap();
    assert_eq!(snapshots(folder.path()).len(), 1);
    let large = Counting::new(IMAGE, true);
    let library = open(folder.path(), &large);
    let answered = answers(&library);
    assert_eq!(large.take(), 240 + QUESTIONS.len());
    let other = open(fresh.path(), &large);
    fill(&other);
    let said = |pages: Vec<PassagePage>| -> Vec<(String, f64)> {
        pages.into_iter().flat_map(|page| page.hits).map(|hit| (hit.text, hit.score)).collect()
    };
    assert_eq!(said(answered), said(answers(&other)));
}
