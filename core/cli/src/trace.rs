//! Recorded editing traces: `{"startContent", "endContent", "txns":[{"patches":[[position, deleted, "inserted"]]}]}`,
//! positions in code points, gzip or not.
//!
//! A trace is read, checked against the text it starts from, and turned into splices in UTF-16 units before
//! anything is played: a bad one changes nothing, and playing measures the engine and not the conversion.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use ropey::Rope;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use writemagic::{Code, RecordedHistory, limits};

use crate::errors::{CliError, CliResult};

/// A trace as recorded.
#[derive(Debug, Deserialize)]
pub(crate) struct Trace {
    /// The text before the first patch.
    #[serde(rename = "startContent", default)]
    pub(crate) start: String,
    /// The text after the last patch, if the recording holds it.
    #[serde(rename = "endContent", default)]
    pub(crate) end: Option<String>,
    #[serde(rename = "txns")]
    patches: Patches,
}

/// The patches of all transactions in order, their insertions in one string.
#[derive(Debug, Default)]
struct Patches {
    list: Vec<Patch>,
    inserted: String,
    /// Who made how many of them upon what, if writers had not always seen each other's.
    authored: Option<Vec<Authored>>,
}

/// The patches of one transaction.
#[derive(Debug)]
struct Authored {
    agent: u32,
    /// Transactions, by number.
    parents: Vec<usize>,
    /// How many patches there are with it.
    end: usize,
}

/// One patch in code points. Its insertion ends at byte `insert_end` of all insertions.
#[derive(Clone, Copy, Debug)]
struct Patch {
    at: u64,
    delete: u64,
    insert_end: usize,
}

#[derive(Deserialize)]
struct Transaction {
    /// Only in recordings of several authors: the transactions that its author had seen.
    #[serde(default)]
    parents: Option<Vec<usize>>,
    #[serde(default)]
    agent: u32,
    patches: Vec<(u64, u64, String)>,
}

impl<'de> Deserialize<'de> for Patches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Transactions;

        impl<'de> Visitor<'de> for Transactions {
            type Value = Patches;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of transactions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Patches, A::Error> {
                let mut patches = Patches::default();
                let mut authored: Vec<Authored> = Vec::new();
                let mut forks = false;
                while let Some(Transaction { parents, agent, patches: next }) = seq.next_element()? {
                    for (at, delete, insert) in next {
                        patches.inserted.push_str(&insert);
                        patches.list.push(Patch { at, delete, insert_end: patches.inserted.len() });
                    }
                    let last: Vec<usize> = authored.len().checked_sub(1).into_iter().collect();
                    let parents = parents.unwrap_or_else(|| last.clone());
                    forks |= parents != last;
                    if parents.iter().any(|parent| *parent >= authored.len()) {
                        return Err(serde::de::Error::custom("a transaction upon a later one"));
                    }
                    authored.push(Authored { agent, parents, end: patches.list.len() });
                }
                patches.authored = forks.then_some(authored);
                Ok(patches)
            }
        }

        deserializer.deserialize_seq(Transactions)
    }
}

/// One splice to play, in UTF-16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Splice<'a> {
    pub(crate) at: u64,
    pub(crate) delete: u64,
    pub(crate) insert: &'a str,
}

impl Trace {
    /// Reads a trace file. `path_not_found`, `invalid_trace`, `limit_exceeded`.
    pub(crate) fn read(path: &Path) -> CliResult<Self> {
        let unreadable = |error: &std::io::Error| CliError::file(path, error);
        let mut file = BufReader::new(File::open(path).map_err(|error| unreadable(&error))?);
        let mut magic = [0; 2];
        let mut first = 0;
        while first < magic.len() {
            match file.read(&mut magic[first..]) {
                Ok(0) => break,
                Ok(read) => first += read,
                Err(error) => return Err(unreadable(&error)),
            }
        }
        let source = magic[..first].chain(file);
        let json = if magic == [0x1f, 0x8b] {
            let unpacked = bounded(MultiGzDecoder::new(BufReader::new(source)));
            unpacked.map_err(|error| match error.kind() {
                std::io::ErrorKind::InvalidInput
                | std::io::ErrorKind::InvalidData
                | std::io::ErrorKind::UnexpectedEof => invalid("damaged gzip data").about(path.display()),
                _ => unreadable(&error),
            })?
        } else {
            bounded(source).map_err(|error| unreadable(&error))?
        };
        let size = json.len() as u64;
        if size > limits::TRACE_BYTES {
            return Err(CliError::over_limit("trace_bytes", size, limits::TRACE_BYTES));
        }
        Self::parse(&json).map_err(|error| error.about(path.display()))
    }

    fn parse(json: &[u8]) -> CliResult<Self> {
        // The parser's message may quote the text of the trace; its place is enough.
        serde_json::from_slice(json).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => invalid(&format!(
                "not a sequential editing trace (line {}, column {})",
                error.line(),
                error.column()
            )),
            _ => invalid(&format!("not JSON (line {}, column {})", error.line(), error.column())),
        })
    }

    /// How many patches it has.
    pub(crate) fn len(&self) -> usize {
        self.patches.list.len()
    }

    /// Whether several writers made it who had not always seen each other's work.
    pub(crate) fn is_concurrent(&self) -> bool {
        self.patches.authored.is_some()
    }

    /// The first `limit` patches of a recording of several writers, and how many there are.
    pub(crate) fn recorded(&self, limit: usize) -> CliResult<(RecordedHistory, u64)> {
        let mut recorded = RecordedHistory::new();
        // The text that all of them had seen.
        let first = match self.start.as_str() {
            "" => None,
            start => Some(recorded.add(0, &[], &[(0, 0, start)])?),
        };
        let (mut from, mut insert_start) = (0, 0);
        for authored in self.patches.authored.iter().flatten() {
            let mut patches: Vec<(u64, u64, &str)> = Vec::new();
            for patch in &self.patches.list[from..authored.end.min(limit).max(from)] {
                patches.push((
                    patch.at,
                    patch.delete,
                    &self.patches.inserted[insert_start..patch.insert_end],
                ));
                insert_start = patch.insert_end;
            }
            from += patches.len();
            let offset = usize::from(first.is_some());
            let mut parents: Vec<usize> = authored.parents.iter().map(|parent| parent + offset).collect();
            if parents.is_empty() {
                parents.extend(first);
            }
            recorded.add(authored.agent, &parents, &patches)?;
        }
        Ok((recorded, from as u64))
    }

    /// The patches as splices of a text that is `text` before the first one. `invalid_trace` if one lies outside
    /// the text as it is by then.
    pub(crate) fn splices(&self, text: &str) -> CliResult<Vec<Splice<'_>>> {
        let mut mirror = Mirror::new(text, &self.patches.inserted);
        let mut splices = Vec::with_capacity(self.len());
        let mut insert_start = 0;
        for (index, patch) in self.patches.list.iter().enumerate() {
            let insert = &self.patches.inserted[insert_start..patch.insert_end];
            insert_start = patch.insert_end;
            let Some((at, delete)) = mirror.splice(patch.at, patch.delete, insert) else {
                let outside = format!("patch {} lies outside the text", index + 1);
                return Err(invalid(&outside).with("patch", index as u64 + 1));
            };
            splices.push(Splice { at, delete, insert });
        }
        Ok(splices)
    }
}

fn invalid(why: &str) -> CliError {
    CliError::new(Code::InvalidTrace, why)
}

/// All of `source`, or one byte more than a trace may have.
fn bounded(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limits::TRACE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What has to be known of a text to turn code points into UTF-16 units.
enum Mirror {
    /// No character outside the basic plane ever appears: both count the same, and the length is enough.
    Basic {
        length: u64,
    },
    Full(Rope),
}

impl Mirror {
    fn new(text: &str, inserted: &str) -> Self {
        let basic = |text: &str| text.chars().all(|character| character.len_utf16() == 1);
        match basic(text) && basic(inserted) {
            true => Mirror::Basic { length: text.chars().count() as u64 },
            false => Mirror::Full(Rope::from_str(text)),
        }
    }

    /// Applies a patch in code points; gives its place and deleted length in UTF-16 units, `None` outside the text.
    fn splice(&mut self, at: u64, delete: u64, insert: &str) -> Option<(u64, u64)> {
        let end = at.checked_add(delete)?;
        match self {
            Mirror::Basic { length } => {
                let left = length.checked_sub(end)?;
                *length = at + left + insert.chars().count() as u64;
                Some((at, delete))
            }
            Mirror::Full(rope) => {
                let (start, end) = (usize::try_from(at).ok()?, usize::try_from(end).ok()?);
                let from = rope.try_char_to_utf16_cu(start).ok()?;
                let to = rope.try_char_to_utf16_cu(end).ok()?;
                rope.try_remove(start..end).ok()?;
                rope.try_insert(start, insert).ok()?;
                Some((from as u64, (to - from) as u64))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Trace {
        Trace::parse(json.as_bytes()).unwrap()
    }

    fn refused(json: &str) -> Option<Code> {
        Trace::parse(json.as_bytes()).unwrap_err().code()
    }

    #[test]
    fn positions_in_code_points_become_utf16_units() {
        let json =
            r#"{"startContent":"a😀b","txns":[{"patches":[[2,1,"é"],[1,1,"😀😀"]]},{"patches":[[3,1,""]]}]}"#;
        let trace = parsed(json);
        let splices = trace.splices(&trace.start).unwrap();
        let found: Vec<_> = splices.iter().map(|s| (s.at, s.delete, s.insert)).collect();
        assert_eq!(found, [(3, 1, "é"), (1, 2, "😀😀"), (5, 1, "")]);
    }

    #[test]
    fn a_text_of_basic_characters_needs_no_rope_and_gives_the_same() {
        let trace = parsed(r#"{"txns":[{"time":"x","patches":[[0,0,"héé"],[3,0,"語"],[1,2,""]]}]}"#);
        let basic = trace.splices("").unwrap();
        let mut full = Mirror::Full(Rope::new());
        for splice in &basic {
            assert_eq!(
                full.splice(splice.at, splice.delete, splice.insert),
                Some((splice.at, splice.delete))
            );
        }
        assert_eq!(trace.end, None);
    }

    #[test]
    fn patches_outside_the_text_are_refused() {
        for (start, patch) in [
            ("", "[1,0,\"a\"]"),
            ("ab", "[1,2,\"\"]"),
            ("😀", "[1,1,\"\"]"),
            ("a", "[1,18446744073709551615,\"\"]"),
        ] {
            let trace = parsed(&format!("{{\"txns\":[{{\"patches\":[{patch}]}}]}}"));
            assert_eq!(trace.splices(start).unwrap_err().code(), Some(Code::InvalidTrace), "{patch}");
        }
    }

    #[test]
    fn what_is_no_trace_is_refused() {
        for json in [
            "",
            "{",
            "[]",
            "{}",
            "null",
            r#"{"txns":[{}]}"#,
            r#"{"txns":[{"patches":[[0,0]]}]}"#,
            r#"{"txns":[{"patches":[[-1,0,"a"]]}]}"#,
            r#"{"txns":[{"patches":[[0,0.5,"a"]]}]}"#,
            r#"{"txns":[{"patches":[[0,0,7]]}]}"#,
            r#"{"txns":[{"patches":[[0,0,"a","b"]]}]}"#,
            r#"{"txns":[{"patches":[[0,0,"\ud83d"]]}]}"#,
            r#"{"txns":[]} more"#,
            r#"{"startContent":5,"txns":[]}"#,
        ] {
            assert_eq!(refused(json), Some(Code::InvalidTrace), "{json}");
        }
    }

    #[test]
    fn a_recording_of_several_authors_is_told_from_one_in_a_row() {
        let concurrent = r#"{"txns":[{"parents":[],"agent":1,"patches":[[0,0,"ab"]]},
            {"parents":[0],"agent":0,"patches":[[2,0,"c"]]},{"parents":[0],"agent":1,"patches":[[0,1,""],[0,0,"é"]]}]}"#;
        let trace = parsed(concurrent);
        assert!(trace.is_concurrent());
        let (recorded, patches) = trace.recorded(usize::MAX).unwrap();
        assert_eq!((recorded.events(), patches), (5, 4));
        assert_eq!(trace.recorded(2).unwrap().1, 2);
        let row = r#"{"txns":[{"parents":[],"patches":[]},{"parents":[0],"patches":[[0,0,"a"]]}]}"#;
        assert!(!parsed(row).is_concurrent());
        assert_eq!(parsed(row).len(), 1);
        let later = r#"{"txns":[{"parents":[1],"patches":[]},{"parents":[],"patches":[]}]}"#;
        assert_eq!(refused(later), Some(Code::InvalidTrace));
    }
}
