//! The bundled texts (their sources stand in `assets/tour/SOURCES.md`), and a typing trace made of one of them.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::errors::{CliError, CliResult};

macro_rules! bundled {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../assets/tour/", $path)))),*]
    };
}

/// Where each text goes below the imported folder, and the text.
const BUNDLED: &[(&str, &str)] = bundled! {
    "english/alice.md"
    "english/pride-and-prejudice.md"
    "russian/anna-karenina.md"
    "japanese/wagahai-wa-neko-de-aru.md"
    "chinese/li-bai.md"
    "thai/phra-aphai-mani.md"
};

/// What is typed in the tour.
pub(super) const TYPED: &str = include_str!("../../assets/tour/english/alice.md");

/// A file that is not as plain as the others: a byte order mark, Windows line ends, an emoji of several
/// characters, a combining accent, no line end at the end.
const ODD_FILE: (&str, &str) =
    ("notes & “odds”.txt", "\u{feff}Notes\r\n\r\nCafe\u{301} 👩\u{200d}🚀\tdone\r\nno line end");

/// All files that the tour imports: their paths and texts.
pub(super) fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUNDLED.iter().copied().chain([ODD_FILE])
}

/// Writes the files below `folder`.
pub(super) fn write_files(folder: &Path) -> CliResult<()> {
    for (path, text) in files() {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| CliError::file(&file, &error))?;
    }
    Ok(())
}

/// A typing trace of our own: mostly typing on, some corrections, now and then a jump back.
pub(super) struct Typing {
    /// Position and deleted length in characters, and what is inserted.
    patches: Vec<(usize, usize, String)>,
}

impl Typing {
    /// `length` patches that are different for every `seed`.
    pub(super) fn new(length: usize, seed: u64) -> Self {
        let mut characters = TYPED.chars().cycle();
        // A linear congruential generator (Knuth's MMIX constants): repeatable, and good enough to look human.
        let mut state = seed;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below.max(1)
        };
        let (mut cursor, mut text_length) = (0, 0);
        let mut patches = Vec::with_capacity(length);
        for _ in 0..length {
            match random(100) {
                0..8 if cursor > 0 => {
                    cursor -= 1;
                    text_length -= 1;
                    patches.push((cursor, 1, String::new()));
                    continue;
                }
                8..10 => cursor = random(text_length + 1),
                _ => {}
            }
            let inserted: String = characters.by_ref().take(1).collect();
            patches.push((cursor, 0, inserted));
            cursor += 1;
            text_length += 1;
        }
        Self { patches }
    }

    pub(super) fn len(&self) -> usize {
        self.patches.len()
    }

    /// Writes the trace in the form that `replay` takes.
    pub(super) fn write(&self, file: &Path) -> CliResult<()> {
        let trace = json!({ "startContent": "", "txns": [{ "patches": self.patches }] });
        fs::write(file, trace.to_string()).map_err(|error| CliError::file(file, &error))
    }

    /// How many patches lead to `text`, at least `least`; `None` if no such state has this text.
    pub(super) fn state_of(&self, text: &str, least: usize) -> Option<usize> {
        let wanted: Vec<char> = text.chars().collect();
        let mut state: Vec<char> = Vec::new();
        for (count, (at, delete, insert)) in self.patches.iter().enumerate() {
            if count >= least && state == wanted {
                return Some(count);
            }
            state.splice(*at..at + delete, insert.chars());
        }
        (state == wanted).then_some(self.patches.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_and_a_lost_edit_is_noticed() {
        let typing = Typing::new(300, 7);
        let mut state: Vec<char> = Vec::new();
        for (count, (at, delete, insert)) in typing.patches.iter().enumerate() {
            let text: String = state.iter().collect();
            assert!(typing.state_of(&text, count).is_some());
            state.splice(*at..at + delete, insert.chars());
        }
        assert_eq!(typing.state_of("", 299), None);
        assert_eq!(typing.state_of("no such state", 0), None);
    }
}
