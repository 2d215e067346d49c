//! Chunks of history from anybody: any bytes, and the bytes of a valid chunk changed, both with a checksum that is right.
//! What is refused leaves nothing behind; what is taken and walked is a history like any other.
#![no_main]

use graph::chunk::{self, Chunk};
use graph::{Budget, Burst, EventId, Frontier, History, Identity, Lv, Origin, merge, overlaps};
use libfuzzer_sys::fuzz_target;
use ropey::Rope;
use writemagic_shared::id::AgentId;

// The graph is pure and private: taken in as it is.
#[allow(dead_code, unfulfilled_lint_expectations, unused_imports)]
#[path = "../../core/storage/src/graph/mod.rs"]
mod graph;

/// Steps of one merge: an input of a few hundred bytes that needs more was made to be slow.
const STEPS: u64 = 1 << 18;

fuzz_target!(|input: &[u8]| {
    let Some((choice, input)) = input.split_first() else { return };
    let (edits, changes) = input.split_at(input.len() / 2);
    let mut writers = Writers::new(edits, 1);
    match choice % 4 {
        0 => drop(chunk::decode(input)),
        1 => writers.take(&sealed(&[b"WMH1", input].concat())),
        2 => writers.take(&changed(&writers.sent(), changes)),
        _ => {
            let (sent, mut other) = (writers.sent(), Writers::new(changes, 3));
            other.take(&sent);
            other.take(&changed(&sent, edits));
        }
    }
});

fn sealed(body: &[u8]) -> Vec<u8> {
    [body, &crc32c::crc32c(body).to_le_bytes()].concat()
}

/// A chunk with other bytes here and there: pairs of where and what.
fn changed(bytes: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut body = bytes[..bytes.len() - 4].to_vec();
    for pair in changes.as_chunks::<2>().0.iter().take(8) {
        let at = usize::from(pair[0]) * body.len() / 256;
        match pair[1] {
            255 => drop(body.remove(at)),
            254 => body.insert(at, pair[0]),
            byte => body[at] = byte,
        }
        if body.is_empty() {
            break;
        }
    }
    sealed(&body)
}

/// Two writers with one history, each on a branch that it now and then merges.
struct Writers {
    first_agent: u8,
    history: History,
    /// Of each one's next event.
    seqs: [u32; 2],
    texts: [(Frontier, Rope); 2],
}

impl Writers {
    /// Three bytes an edit: who and what, where, how much.
    fn new(edits: &[u8], first_agent: u8) -> Self {
        let mut writers =
            Self { first_agent, history: History::new(), seqs: [0; 2], texts: Default::default() };
        for [what, at, len] in edits.as_chunks::<3>().0.iter().take(100) {
            writers.edit(usize::from(what % 2), what / 2 % 8, *at, u32::from(len % 16) + 1);
        }
        writers
    }

    fn edit(&mut self, writer: usize, what: u8, at: u8, len: u32) {
        if what == 0 {
            let heads = self.texts[1 - writer].0.to_vec();
            self.merge(writer, &heads);
            return;
        }
        let (version, text) = &mut self.texts[writer];
        let chars = text.len_chars() as u32;
        let at = u32::from(at) * chars / 255;
        let len = if what % 2 == 0 { len.min(chars - at) } else { len };
        if len == 0 {
            return;
        }
        let mut burst = Burst::default();
        if what % 2 == 1 {
            let letter = ["x", "é", "文", "😀"][usize::from(what / 2)];
            burst.insert(at, &letter.repeat(len as usize), len);
            text.insert(at as usize, &letter.repeat(len as usize));
        } else {
            burst.delete(at, len);
            text.remove(at as usize..(at + len) as usize);
        }
        let agent = AgentId::from_bytes([self.first_agent + writer as u8; 16]);
        let id = EventId { agent, seq: self.seqs[writer] };
        self.seqs[writer] += burst.events();
        let origin = if what < 4 { Origin::person() } else { Origin::device() };
        let time = i64::from(id.seq / 8) * 700;
        self.history.append(id, version, &burst, &origin, time).unwrap();
        *version = Frontier::at(self.history.log().end() - 1);
    }

    fn merge(&mut self, writer: usize, heads: &[Lv]) {
        let (version, text) = &mut self.texts[writer];
        let chars = text.len_chars() as u32;
        *version =
            merge(self.history.log(), version, heads, chars, text, &mut Budget::default()).unwrap().version;
    }

    fn whole(&self) -> Chunk {
        self.history.chunk(std::slice::from_ref(&(0..self.history.log().end()))).unwrap()
    }

    fn sent(&self) -> Vec<u8> {
        let bytes = chunk::encode(&self.whole());
        assert_eq!(chunk::encode(&chunk::decode(&bytes).unwrap()), bytes);
        bytes
    }

    /// Takes bytes into the history and the first text, or leaves everything as it was.
    fn take(&mut self, bytes: &[u8]) {
        let Ok(chunk) = chunk::decode(bytes) else { return };
        let written = chunk::encode(&chunk);
        assert_eq!(chunk::encode(&chunk::decode(&written).unwrap()), written);
        let (before, mark) = (self.whole(), self.history.mark());
        let Ok(new) = self.history.append_chunk(&chunk) else {
            assert_eq!(self.whole(), before);
            return;
        };
        assert_eq!(new.end, self.history.log().end());
        if self.walk().is_none() {
            self.history.rollback(mark);
            assert_eq!(self.whole(), before);
        }
    }

    /// Merges everything into the first text; `None` if it is invalid or too much.
    fn walk(&mut self) -> Option<()> {
        let log = self.history.log();
        let heads: Vec<Lv> = log.heads().collect();
        if heads.len() > 64 {
            return None;
        }
        let (version, mut text) = self.texts[0].clone();
        let budget = &mut Budget::steps(STEPS);
        let merged = merge(log, &version, &heads, text.len_chars() as u32, &mut text, budget).ok()?;
        let mut from_nothing = Rope::new();
        merge(log, &Frontier::root(), &heads, 0, &mut from_nothing, &mut Budget::default()).unwrap();
        assert_eq!(from_nothing, text);
        let identity = Identity::of(log, &heads, &mut Budget::default()).unwrap();
        let mut end = 0;
        for (at, events) in identity.blame() {
            assert_eq!(at, end);
            end += events.end - events.start;
        }
        assert_eq!(end, merged.chars);
        for overlap in overlaps(log, &version, &heads, &mut Budget::default()).unwrap() {
            assert!(overlap.range.end <= merged.chars);
        }
        assert!(
            self.history.authorship(0..log.end()).map(|(events, ..)| events.len()).sum::<usize>()
                == log.end() as usize
        );
        self.texts[0] = (merged.version, text);
        Some(())
    }
}
