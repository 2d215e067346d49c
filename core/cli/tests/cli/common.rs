//! Running the binary, reading its answers, and traces with an oracle of their own.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The counts of a text, in the contract's order.
pub(crate) const STATS_KEYS: [&str; 9] = [
    "bytes",
    "chars",
    "utf16_units",
    "graphemes",
    "words",
    "sentences",
    "lines",
    "paragraphs",
    "reading_seconds",
];
/// The keys of the object `document`.
pub(crate) const DOCUMENT_KEYS: [&str; 8] =
    ["id", "title", "kind", "folder", "created", "modified", "trashed", "stats"];

/// A temporary folder with (at first) no library in it.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.path("library")
    }

    /// Writes a file below the folder, parents included.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The command on this folder's library; further arguments are the caller's.
    pub(crate) fn command(&self) -> Command {
        let mut command = bare_command();
        command.arg("--library").arg(self.library()).current_dir(self.folder.path());
        command
    }

    /// Runs to the end without `--json`.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// The one JSON value of a command that succeeds.
    pub(crate) fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Value {
        self.json_from(arguments, "")
    }

    /// As [`json`](Self::json), with this on standard input.
    pub(crate) fn json_from<S: AsRef<OsStr>>(&self, arguments: &[S], input: impl AsRef<[u8]>) -> Value {
        let output = with_input(self.command().arg("--json").args(arguments), input.as_ref());
        assert!(output.status.success(), "failed: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stderr, b"", "standard error must be quiet");
        one_line(&output.stdout)
    }

    /// The error code of a command that fails, after checking everything that holds for every error.
    pub(crate) fn error<S: AsRef<OsStr>>(&self, arguments: &[S]) -> String {
        self.failure(arguments)["code"].as_str().unwrap().to_owned()
    }

    /// The error object of a command that fails.
    pub(crate) fn failure<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Value {
        failure_of(&self.command().arg("--json").args(arguments).output().unwrap())
    }

    /// Creates a document with a text; gives its id.
    pub(crate) fn document(&self, title: &str, text: &str) -> String {
        let made = self.json_from(&["new", title, "--stdin"], text);
        made["document"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn text(&self, document: &str) -> String {
        self.json(&["show", document])["text"].as_str().unwrap().to_owned()
    }
}

/// The binary with no library of the machine's own in sight.
pub(crate) fn bare_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_writemagic"));
    command.env_remove("WRITEMAGIC_LIBRARY").stdin(Stdio::null());
    command
}

/// Runs a command with this on standard input.
pub(crate) fn with_input(command: &mut Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that takes no input may have ended before it is offered.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Exactly one JSON value on exactly one line.
pub(crate) fn one_line(bytes: &[u8]) -> Value {
    let text = std::str::from_utf8(bytes).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "not one line: {text:?}");
    assert!(text.ends_with('\n'));
    serde_json::from_str(text).unwrap()
}

/// The error object of a command that failed under `--json`: the last line of standard error, nothing on standard
/// output, and the exit code that belongs to the code.
pub(crate) fn failure_of(output: &Output) -> Value {
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "an error comes without an answer");
    last_failure_of(output)
}

/// As [`failure_of`], of a command that streams before it fails.
pub(crate) fn last_failure_of(output: &Output) -> Value {
    let text = std::str::from_utf8(&output.stderr).unwrap();
    let last = text.lines().last().unwrap_or_else(|| panic!("no error; exit {:?}", output.status));
    let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON: {text}"));
    assert_eq!(keys(&error), ["error"]);
    let error = error["error"].clone();
    assert_eq!(keys(&error), ["code", "message", "details"]);
    assert!(error["details"].is_object() && !error["message"].as_str().unwrap().is_empty());
    let expected = match error["code"].as_str().unwrap() {
        "usage"
        | "invalid_argument"
        | "limit_exceeded"
        | "invalid_folder_name"
        | "invalid_language_tag"
        | "invalid_trace"
        | "not_utf8"
        | "bundle_invalid"
        | "confirmation_required" => 2,
        "cancelled" => 130,
        _ => 1,
    };
    assert_eq!(output.status.code(), Some(expected), "{error}");
    error
}

/// The keys of an object, in order of appearance in the contract's spelling (sorted, as `serde_json` reads them).
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let order = ["code", "message", "details"];
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_by_key(|key| order.iter().position(|known| known == key).unwrap_or(order.len()));
    keys
}

/// Asserts that an object has these keys and no others.
pub(crate) fn assert_keys(value: &Value, expected: &[&str]) {
    let mut found: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// Asserts that a value is the object `document` of the contract.
pub(crate) fn assert_document(document: &Value) {
    assert_keys(document, &DOCUMENT_KEYS);
    assert_keys(&document["stats"], &STATS_KEYS);
    assert_eq!(document["id"].as_str().unwrap().len(), 36);
    assert!(["markdown", "text"].contains(&document["kind"].as_str().unwrap()));
    for time in ["created", "modified"] {
        let time = document[time].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
    }
    assert!(document["trashed"].is_boolean());
}

/// Where the large test data lies, if anywhere; says so when it does not.
pub(crate) fn test_data(file: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("WRITEMAGIC_TEST_DATA") else {
        println!("WRITEMAGIC_TEST_DATA is not set: {file} is not tested, only traces of our own");
        return None;
    };
    Some(Path::new(&folder).join(file))
}

/// The committed trace of our own.
pub(crate) fn own_trace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/typing.json")
}

/// A trace file, gzip or not, as it is.
pub(crate) fn read_trace(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        serde_json::from_reader(std::io::BufReader::new(flate2::read::GzDecoder::new(&bytes[..]))).unwrap()
    } else {
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// An editing trace as this test knows it, independently of the command: patches on a list of characters.
pub(crate) struct Recording {
    pub(crate) start: Vec<char>,
    pub(crate) patches: Vec<(usize, usize, String)>,
}

impl Recording {
    /// Reads a trace file.
    pub(crate) fn read(path: &Path) -> Self {
        let trace = read_trace(path);
        let patches =
            trace["txns"].as_array().unwrap().iter().flat_map(|txn| txn["patches"].as_array().unwrap());
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        Self {
            start: trace["startContent"].as_str().unwrap_or("").chars().collect(),
            patches: patches
                .map(|patch| (number(&patch[0]), number(&patch[1]), patch[2].as_str().unwrap().to_owned()))
                .collect(),
        }
    }

    /// Typing of `length` patches in several scripts, different for every state of `random`.
    pub(crate) fn typed(length: usize, random: &mut Random) -> Self {
        const LETTERS: [&str; 8] = ["e", " ", "n", "é", "語", "😀", "\r\n", "a\u{301}"];
        let mut patches = Vec::with_capacity(length);
        let (mut cursor, mut total) = (0, 0);
        for _ in 0..length {
            if cursor > 0 && random.below(10) == 0 {
                cursor -= 1;
                total -= 1;
                patches.push((cursor, 1, String::new()));
                continue;
            }
            if random.below(40) == 0 {
                cursor = random.below(total + 1);
            }
            let letter = LETTERS[random.below(LETTERS.len())];
            patches.push((cursor, 0, letter.to_owned()));
            cursor += letter.chars().count();
            total += letter.chars().count();
        }
        Self { start: Vec::new(), patches }
    }

    /// Writes it in the public form.
    pub(crate) fn write(&self, path: &Path) {
        let start: String = self.start.iter().collect();
        let txns: Vec<Value> = self.patches.iter().map(|patch| json!({ "patches": [patch] })).collect();
        let trace =
            json!({ "startContent": start, "endContent": self.text_after(self.patches.len()), "txns": txns });
        fs::write(path, trace.to_string()).unwrap();
    }

    /// The text after this many patches.
    pub(crate) fn text_after(&self, patches: usize) -> String {
        let mut state = self.start.clone();
        for (at, delete, insert) in &self.patches[..patches] {
            state.splice(*at..at + delete, insert.chars());
        }
        state.into_iter().collect()
    }

    /// After how many patches, `least` or more, the text is `text`.
    pub(crate) fn state_of(&self, text: &str, least: usize) -> Option<usize> {
        let wanted: Vec<char> = text.chars().collect();
        let mut state = self.start.clone();
        for (count, (at, delete, insert)) in self.patches.iter().enumerate() {
            if count >= least && state == wanted {
                return Some(count);
            }
            state.splice(*at..at + delete, insert.chars());
        }
        (state == wanted).then_some(self.patches.len())
    }
}

/// A small random generator (xorshift64*): a seed repeats a run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 33) as usize) % bound.max(1)
    }
}
