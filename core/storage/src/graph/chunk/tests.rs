//! Bytes of chunks: there and back, damaged, and made to do harm.

use proptest::prelude::*;
use smallvec::SmallVec;
use writemagic_shared::codec::{DecodeError, Reader, put_varint, zigzag};
use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{CHUNK_BYTES, CHUNK_EVENTS};

use super::columns::Columns;
use super::*;
use crate::graph::OriginKind;
use crate::graph::burst::{Run, RunKind};
use crate::graph::history::History;
use crate::graph::log::{ForeignParent, ForeignParents, ForeignRun};
use crate::graph::merge::{self, Budget};
use crate::graph::pack::{self, Effort};
use crate::graph::version::{Frontier, Lv, MAX_EVENTS};

fn agent(number: u8) -> AgentId {
    AgentId::from_bytes([number.wrapping_mul(37); 16])
}

/// What a run is made of: agent, jump of its number, shape of its parents, kind, position, length.
type Piece = (u8, u8, u8, u8, u16, u8);

/// Events of a sound form, valid for no text: what does not fit is left out.
fn batch(pieces: &[Piece]) -> Batch {
    let mut batch = Batch::new((0..4).map(agent).collect()).unwrap();
    let mut next = [0_u32; 4];
    for (writer, jump, shape, kind, at, len) in pieces {
        let (writer, events) = (u32::from(writer % 4), batch.events());
        let seq = next[writer as usize] + u32::from(jump % 8 / 7) * 5;
        let kind = [RunKind::Insert, RunKind::Delete, RunKind::DeleteBack][usize::from(kind % 3)];
        let len = u32::from(*len) % 60 + 1;
        let text = if kind == RunKind::Insert {
            "é文abcdefgh".chars().cycle().take(len as usize).collect()
        } else {
            String::new()
        };
        let here = |back: u32| ForeignParent::Here(events.saturating_sub(back));
        let there = ForeignParent::There(u32::from(shape % 4), 1 << 20);
        let parents: SmallVec<[ForeignParent; 2]> = match shape % 16 {
            0 => smallvec::smallvec![],
            1 => smallvec::smallvec![there],
            2 => smallvec::smallvec![there, here(3)],
            3 => smallvec::smallvec![here(7), here(1), here(40)],
            4 => smallvec::smallvec![here(20)],
            _ => smallvec::smallvec![here(1)],
        };
        let parents = if parents.as_slice() == [here(1)] && events > 0 {
            ForeignParents::Previous
        } else {
            ForeignParents::Of(parents)
        };
        let run = Run { kind, at: u32::from(*at), len, bytes: text.len() as u32 };
        if batch.push(ForeignRun { agent: writer, seq, parents, run }, &text).is_ok() {
            next[writer as usize] = seq + len;
        }
    }
    batch
}

fn origins() -> Vec<Origin> {
    let run = Origin { run: vec![0, 255], ..Origin::import() };
    vec![Origin::person(), Origin::device().named("Ännchens Tablet"), run]
}

fn any_chunk() -> impl Strategy<Value = Chunk> {
    let piece = (0..6_u8, any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>());
    let entry = (1..50_u32, 0..3_u32, prop_oneof![-5_000..5_000_i64, any::<i64>()]);
    let parts = (prop::collection::vec(piece, 0..80), prop::collection::vec(entry, 1..20));
    parts.prop_map(|(pieces, entries)| {
        let batch = batch(&pieces);
        let mut left = batch.events();
        let entries = entries.iter().cycle().map_while(|(events, origin, at)| {
            let events = left.min(*events);
            left -= events;
            (events > 0).then_some(Provenance { events, origin: *origin, at: *at })
        });
        let provenance = entries.collect();
        Chunk::new(batch, origins(), provenance).unwrap()
    })
}

/// Events without what bytes do not keep: the order of parents.
fn runs(chunk: &Chunk) -> Vec<(ForeignRun, String)> {
    let sorted = |(run, text): (&ForeignRun, &str)| {
        let mut run = run.clone();
        if let ForeignParents::Of(parents) = &mut run.parents {
            parents.sort_by_key(|parent| match parent {
                ForeignParent::Here(event) => (0, *event, 0),
                ForeignParent::There(agent, seq) => (1, *agent, *seq),
            });
        }
        (run, text.to_owned())
    };
    chunk.batch.runs().map(sorted).collect()
}

/// The provenance of each event, to the second.
fn authors(chunk: &Chunk) -> Vec<(u32, i64)> {
    let all = chunk.provenance.iter().flat_map(|entry| {
        std::iter::repeat_n((entry.origin, entry.at.div_euclid(1000)), entry.events as usize)
    });
    all.collect()
}

fn seal(mut body: Vec<u8>) -> Vec<u8> {
    let checksum = crc32c::crc32c(&body);
    body.extend_from_slice(&checksum.to_le_bytes());
    body
}

/// Whatever bytes are taken for a chunk can be written and read again, and added to a history or refused whole.
fn check_taken(bytes: &[u8]) -> bool {
    let Ok(chunk) = decode(bytes) else { return false };
    let again = decode(&encode(&chunk)).unwrap();
    assert_eq!((runs(&again), authors(&again)), (runs(&chunk), authors(&chunk)));
    let mut history = History::new();
    let mark = history.mark();
    if history.append_chunk(&chunk).is_ok() {
        let heads: Vec<Lv> = history.log().heads().take(64).collect();
        let budget = &mut Budget::steps(10_000);
        if merge::merge(history.log(), &Frontier::root(), &heads, 0, &mut (), budget).is_err() {
            history.rollback(mark);
        }
    }
    let all = 0..history.log().end();
    assert!(all.is_empty() || history.chunk(std::slice::from_ref(&all)).is_ok());
    true
}

proptest! {
    #[test]
    fn a_chunk_survives_its_bytes(chunk in any_chunk()) {
        let bytes = encode(&chunk);
        let decoded = decode(&bytes).unwrap();
        prop_assert_eq!(runs(&decoded), runs(&chunk));
        prop_assert_eq!(authors(&decoded), authors(&chunk));
        prop_assert_eq!(&decoded.origins, &chunk.origins);
        prop_assert_eq!(encode(&decoded), bytes, "what was read is written as it was");
    }

    #[test]
    fn damaged_bytes_are_refused(chunk in any_chunk(), at: prop::sample::Index, flip in 1..=255_u8) {
        let bytes = encode(&chunk);
        let at = at.index(bytes.len());
        let mut damaged = bytes.clone();
        damaged[at] ^= flip;
        prop_assert!(matches!(decode(&damaged), Err(BadChunk::Checksum | BadChunk::Magic)));
        prop_assert!(matches!(decode(&bytes[..at]), Err(BadChunk::Checksum | BadChunk::Magic)));
    }

    #[test]
    fn forged_bytes_with_a_right_checksum_are_refused_or_other_sound_chunks(
        chunk in any_chunk(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut: prop::sample::Index,
    ) {
        let mut body = encode(&chunk);
        body.truncate(body.len() - CHECKSUM);
        for (at, byte) in &changes {
            let at = at.index(body.len());
            body[at] = *byte;
        }
        check_taken(&seal(body.clone()));
        body.truncate(cut.index(body.len()));
        check_taken(&seal(body));
    }

    /// Numbers of the columns themselves changed: what deflate would hide from changes of bytes.
    #[test]
    fn forged_columns_are_refused_or_other_sound_chunks(
        chunk in any_chunk(), column in 0..15_usize, at: prop::sample::Index, byte: u8, insert: bool,
    ) {
        let mut forged = Forged::of(&chunk);
        let column = forged.columns.in_order().into_iter().nth(column).unwrap();
        let at = at.index(column.len() + 1);
        if insert || at == column.len() {
            column.insert(at, byte);
        } else {
            column[at] = byte;
        }
        check_taken(&forged.bytes());
    }

    #[test]
    fn any_bytes_are_decoded_without_panic(bytes: Vec<u8>) {
        check_taken(&bytes);
        check_taken(&seal([b"WMH1".as_slice(), &bytes].concat()));
    }
}

/// A chunk whose columns can be changed.
struct Forged {
    events: u64,
    columns: Columns<Vec<u8>>,
}

impl Forged {
    fn of(chunk: &Chunk) -> Self {
        let bytes = encode(chunk);
        let mut reader = Reader::new(&bytes[4..bytes.len() - CHECKSUM]);
        let events = reader.varint().unwrap();
        Self { events, columns: Columns::read(&mut reader).unwrap() }
    }

    /// Three letters of agent 0 after nothing.
    fn letters() -> Self {
        let mut batch = Batch::new(vec![agent(0), agent(1)]).unwrap();
        let parents = ForeignParents::Of(smallvec::smallvec![]);
        let run = Run { kind: RunKind::Insert, at: 0, len: 3, bytes: 4 };
        batch.push(ForeignRun { agent: 0, seq: 0, parents, run }, "aéb").unwrap();
        let provenance = vec![Provenance { events: 3, origin: 0, at: 5000 }];
        Self::of(&Chunk::new(batch, vec![Origin::person()], provenance).unwrap())
    }

    fn bytes(&mut self) -> Vec<u8> {
        let mut out = b"WMH1".to_vec();
        put_varint(&mut out, self.events);
        self.columns.put(&mut out);
        seal(out)
    }
}

#[test]
fn every_rule_of_the_form_is_looked_after() {
    let refused = |change: &dyn Fn(&mut Forged)| {
        let mut forged = Forged::letters();
        change(&mut forged);
        decode(&forged.bytes()).unwrap_err()
    };
    let columns = |change: &dyn Fn(&mut Columns<Vec<u8>>)| refused(&|forged| change(&mut forged.columns));
    assert!(decode(&Forged::letters().bytes()).is_ok());
    let long = |value: u64| {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value);
        bytes
    };

    assert_eq!(refused(&|x| x.events = 4), BadChunk::Count);
    assert_eq!(refused(&|x| x.events = 10_000_000), BadChunk::Count);
    assert_eq!(refused(&|x| x.events = CHUNK_EVENTS + 1), BadChunk::Number(DecodeError::OutOfRange));
    assert_eq!(columns(&|c| c.agents.truncate(31)), BadChunk::Count);
    assert_eq!(columns(&|c| c.agents.extend([0; 16])), BadChunk::Batch(BadBatch::Agents), "twice");
    assert_eq!(columns(&|c| c.origins.clear()), BadChunk::Provenance);
    assert_eq!(columns(&|c| c.origins[0] = 5), BadChunk::Origins, "an unknown kind");
    assert_eq!(columns(&|c| c.origins.extend([0, 0, 0])), BadChunk::Origins, "twice");
    assert_eq!(columns(&|c| c.origins.extend([0, 1, 255, 0])), BadChunk::Origins, "not UTF-8");
    assert_eq!(columns(&|c| c.origins.extend([0, 9, 65])), BadChunk::Number(DecodeError::Truncated));
    assert_eq!(columns(&|c| c.origins.extend([0, 128, 2])), BadChunk::Number(DecodeError::OutOfRange));
    assert_eq!(columns(&|c| c.writers[0] = 2), BadChunk::Ids);
    assert_eq!(columns(&|c| c.writers.push(0)), BadChunk::Number(DecodeError::Truncated));
    assert_eq!(columns(&|c| c.lengths[0] = 0), BadChunk::Count);
    assert_eq!(columns(&|c| c.lengths[0] = 2), BadChunk::Count, "the run goes on behind the stretch");
    assert_eq!(columns(&|c| c.lengths[0] = 4), BadChunk::Number(DecodeError::Truncated));
    assert_eq!(columns(&|c| c.lengths.push(1)), BadChunk::Count);
    assert_eq!(columns(&|c| c.shapes[0] = 0), BadChunk::Batch(BadBatch::Parents), "nothing stands before");
    assert_eq!(columns(&|c| c.shapes[0] = 2), BadChunk::Ids, "no last event");
    assert_eq!(columns(&|c| c.shapes = long(262)), BadChunk::Number(DecodeError::OutOfRange), "65 parents");
    assert_eq!(columns(&|c| c.jumps.push(0)), BadChunk::Count);
    let jump = |by: i64| {
        columns(&|c| {
            c.shapes[0] |= 1;
            c.jumps = long(zigzag(by));
        })
    };
    assert_eq!(jump(-1), BadChunk::Ids);
    assert_eq!(jump(i64::MAX), BadChunk::Ids);
    assert_eq!(jump(i64::from(MAX_EVENTS)), BadChunk::Ids);
    assert_eq!(jump(i64::from(MAX_EVENTS) - 2), BadChunk::Batch(BadBatch::Sequence));
    let parent = |agent: u8, back: i64| {
        columns(&|c| {
            c.shapes[0] = (2 + 2) << 1;
            (c.parent_agents, c.parent_events) = (vec![agent], long(zigzag(back)));
        })
    };
    assert_eq!(parent(2, -1), BadChunk::Ids);
    assert_eq!(parent(1, 0), BadChunk::Ids, "before its first event");
    assert_eq!(parent(1, i64::MIN), BadChunk::Ids);
    assert_eq!(parent(0, -2), BadChunk::Ids, "itself");
    let twice = columns(&|c| {
        c.shapes[0] = (2 + 4) << 1;
        (c.parent_agents, c.parent_events) = (vec![1, 1], vec![1, 1]);
    });
    assert_eq!(twice, BadChunk::Batch(BadBatch::Parents));
    assert_eq!(columns(&|c| c.parent_agents.push(0)), BadChunk::Count);
    assert_eq!(columns(&|c| c.parent_events.push(0)), BadChunk::Count);
    assert_eq!(columns(&|c| c.runs[0] = 252), BadChunk::Run);
    assert_eq!(columns(&|c| c.runs[0] = 1), BadChunk::Number(DecodeError::Truncated), "a shorter run");
    assert_eq!(columns(&|c| c.runs.push(0)), BadChunk::Count);
    assert_eq!(columns(&|c| c.runs[0] = 41), BadChunk::Number(DecodeError::Truncated), "no long length");
    assert_eq!(columns(&|c| c.long_runs.push(0)), BadChunk::Count);
    assert_eq!(columns(&|c| c.carets.push(0)), BadChunk::Count);
    let caret = |kind: u8, by: i64| {
        columns(&|c| {
            (c.runs, c.carets) = (vec![(kind * 2 + 1) * 42 + 2], long(zigzag(by)));
            if kind > 0 {
                c.text.clear();
            }
        })
    };
    assert_eq!(caret(0, -1), BadChunk::Run);
    assert_eq!(caret(0, i64::MAX), BadChunk::Run);
    assert_eq!(caret(0, i64::from(MAX_EVENTS) - 2), BadChunk::Batch(BadBatch::Position));
    assert_eq!(caret(1, i64::from(MAX_EVENTS)), BadChunk::Batch(BadBatch::Position));
    assert_eq!(caret(2, 0), BadChunk::Run);
    assert_eq!(caret(2, 2), BadChunk::Batch(BadBatch::Position), "it passes the start");
    assert_eq!(columns(&|c| c.text.push(b'x')), BadChunk::Count);
    assert_eq!(columns(&|c| c.text.truncate(3)), BadChunk::Text);
    assert_eq!(columns(&|c| c.text[1] = 255), BadChunk::Text);
    for change in [
        |c: &mut Columns<Vec<u8>>| c.entries[0] = 2,
        |c: &mut Columns<Vec<u8>>| c.entries[0] = 4,
        |c: &mut Columns<Vec<u8>>| (c.entries, c.entry_times, c.entry_origins) = Default::default(),
        |c: &mut Columns<Vec<u8>>| c.entry_origins[0] = 1,
    ] {
        assert_eq!(columns(&change), BadChunk::Provenance);
    }
    assert_eq!(columns(&|c| c.entries.push(1)), BadChunk::Count);
    assert_eq!(columns(&|c| c.entry_times.push(0)), BadChunk::Number(DecodeError::Truncated));
    assert_eq!(columns(&|c| c.entry_origins[1] = 2), BadChunk::Number(DecodeError::OutOfRange));
    assert_eq!(columns(&|c| c.entry_times = long(u64::MAX)), BadChunk::Number(DecodeError::OutOfRange));
}

#[test]
fn an_event_cannot_stand_twice_or_follow_one_behind_it() {
    let delete = |agent, seq, parents| {
        (ForeignRun { agent, seq, parents, run: Run { kind: RunKind::Delete, at: 0, len: 2, bytes: 0 } }, "")
    };
    let of = |parents: &[ForeignParent]| ForeignParents::Of(parents.into());
    let two = [delete(0, 4, of(&[])), delete(1, 0, of(&[ForeignParent::There(0, 3)]))];
    for (second, sound) in [
        (delete(1, 3, of(&[ForeignParent::There(0, 5)])), false),
        (delete(1, 3, of(&[ForeignParent::There(0, 6)])), true),
        (delete(0, 3, ForeignParents::Previous), false),
        (delete(0, 2, ForeignParents::Previous), false),
        (delete(0, 6, ForeignParents::Previous), true),
    ] {
        let mut batch = Batch::new(vec![agent(0), agent(1)]).unwrap();
        for (run, text) in two.iter().chain([&second]) {
            batch.push(run.clone(), text).unwrap();
        }
        let provenance = vec![Provenance { events: 6, origin: 0, at: 0 }];
        let chunk = Chunk::new(batch.clone(), origins(), provenance.clone());
        // `two` names (0, 3) before `delete(0, 2)` makes it an event of the chunk, and (0, 5) is one.
        assert_eq!(chunk.is_ok(), sound, "{second:?}");
        let bytes = encode(&Chunk { batch, origins: origins(), provenance });
        let names_known = matches!(&second.0.parents, ForeignParents::Of(_));
        assert_eq!(decode(&bytes).err(), if sound || names_known { None } else { Some(BadChunk::Ids) });
    }
}

#[test]
fn claims_are_refused_before_they_cost_anything() {
    // A kilobyte that says it were ten million events: as many deletions as it can name are no more than it names.
    let mut forged = Forged::letters();
    forged.events = 10_000_000;
    forged.columns.runs = vec![42; 1024];
    assert!(decode(&forged.bytes()).is_err());
    // A column that says it were long.
    let mut bytes = b"WMH1".to_vec();
    put_varint(&mut bytes, 3);
    put_varint(&mut bytes, (CHUNK_BYTES + 1) << 1);
    assert_eq!(decode(&seal(bytes)), Err(BadChunk::Number(DecodeError::OutOfRange)));
    let mut bytes = b"WMH1".to_vec();
    put_varint(&mut bytes, 3);
    put_varint(&mut bytes, CHUNK_BYTES << 1 | 1);
    put_varint(&mut bytes, 1000);
    bytes.extend([0; 1000]);
    assert_eq!(decode(&seal(bytes)), Err(BadChunk::Packing), "more than a thousand bytes can stand for");
    // Columns that are within the limit each, and beyond it together.
    let mut packed = Vec::with_capacity(1 << 20);
    assert!(pack::deflate(Effort::Usual, &[&vec![0; CHUNK_BYTES as usize / 2]], &mut packed));
    let mut bytes = b"WMH1".to_vec();
    put_varint(&mut bytes, 3);
    for _ in 0..3 {
        put_varint(&mut bytes, CHUNK_BYTES | 1);
        put_varint(&mut bytes, packed.len() as u64);
        bytes.extend_from_slice(&packed);
    }
    assert_eq!(decode(&seal(bytes)), Err(BadChunk::Number(DecodeError::OutOfRange)));
}

#[test]
fn provenance_and_origins_have_their_bounds() {
    let chunk = |entries: u32, origins: Vec<Origin>| {
        let mut batch = Batch::new(vec![agent(0)]).unwrap();
        let parents = ForeignParents::Of(smallvec::smallvec![]);
        let run = Run { kind: RunKind::Delete, at: 0, len: entries, bytes: 0 };
        batch.push(ForeignRun { agent: 0, seq: 0, parents, run }, "").unwrap();
        let provenance = (0..entries).map(|i| Provenance { events: 1, origin: 0, at: i64::from(i) * 1000 });
        Chunk::new(batch, origins, provenance.collect())
    };
    let most = CHUNK_PROVENANCE as u32;
    let full = chunk(most, origins()).unwrap();
    assert_eq!(decode(&encode(&full)), Ok(full));
    assert_eq!(chunk(most + 1, origins()), Err(BadChunk::Provenance));
    let long = |bytes: usize| Origin { run: vec![1; bytes], ..Origin::person() };
    assert!(chunk(1, vec![long(255)]).is_ok());
    assert_eq!(chunk(1, vec![long(256)]), Err(BadChunk::Origins));
    assert_eq!(chunk(1, vec![long(1), long(1)]), Err(BadChunk::Origins));
}

#[test]
fn other_formats_are_told_from_damage() {
    let bytes = Forged::letters().bytes();
    let mut newer = bytes[..bytes.len() - CHECKSUM].to_vec();
    newer[3] = b'3';
    assert_eq!(decode(&seal(newer)), Err(BadChunk::Format));
    assert_eq!(decode(b""), Err(BadChunk::Magic));
    assert_eq!(decode(&seal(b"WMX1".to_vec())), Err(BadChunk::Magic));
    let mut longer = bytes[..bytes.len() - CHECKSUM].to_vec();
    longer.push(0);
    assert_eq!(decode(&seal(longer)), Err(BadChunk::Count));
    assert!(OriginKind::from_number(4).is_some() && OriginKind::from_number(5).is_none());
}

#[test]
fn the_event_before_is_one_parent_however_it_is_named() {
    let chunk = |parents| {
        let mut batch = Batch::new(vec![agent(1)]).unwrap();
        for (seq, parents) in [(0, ForeignParents::Of(SmallVec::new())), (1, parents)] {
            let run = Run { kind: RunKind::Insert, at: seq, len: 1, bytes: 1 };
            batch.push(ForeignRun { agent: 0, seq, parents, run }, "a").unwrap();
        }
        let provenance = vec![Provenance { events: 2, origin: 0, at: 0 }];
        encode(&Chunk::new(batch, origins(), provenance).unwrap())
    };
    let named = ForeignParents::Of(smallvec::smallvec![ForeignParent::Here(0)]);
    assert_eq!(chunk(named), chunk(ForeignParents::Previous));
}
