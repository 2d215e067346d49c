//! The way back, while the answer still comes in.

use std::sync::Arc;

use super::masking::Values;
use super::placeholder::{Reader, Reading};

/// Puts values back into a text that comes in pieces, however they are cut. It holds back at most a placeholder
/// ([`PLACEHOLDER_BYTES`](super::PLACEHOLDER_BYTES)), and only what may still become one. What reads like a placeholder and stands for nothing
/// is passed on as it came.
#[derive(Debug)]
pub struct Unmasking {
    values: Arc<Values>,
    open: Option<(Reader, Held)>,
}

/// What may become a placeholder. It is the model's text: left out of debug output.
#[derive(Default)]
struct Held(String);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("bytes", &self.0.len()).finish()
    }
}

impl Unmasking {
    pub(super) fn new(values: Arc<Values>) -> Self {
        Self { values, open: None }
    }

    /// Appends to `text` what `piece` brings. Linear in the piece and in what it stands for.
    pub fn push(&mut self, piece: &str, text: &mut String) {
        let mut rest = piece;
        loop {
            if self.open.is_none() {
                let Some((plain, behind)) = rest.split_once('[') else {
                    text.push_str(rest);
                    return;
                };
                text.push_str(plain);
                self.open = Some((Reader::default(), Held("[".to_owned())));
                rest = behind;
            }
            let mut characters = rest.chars();
            let Some(character) = characters.next() else { return };
            let Some((reader, held)) = &mut self.open else { return };
            match reader.read(character) {
                Reading::Open => held.0.push(character),
                Reading::Whole(kind, number) => {
                    match self.values.get(kind, number) {
                        Some(value) => text.push_str(value),
                        None => {
                            text.push_str(&held.0);
                            text.push(character);
                        }
                    }
                    self.open = None;
                }
                Reading::Not => {
                    // The character is read again: it may begin the next one.
                    text.push_str(&held.0);
                    self.open = None;
                    continue;
                }
            }
            rest = characters.as_str();
        }
    }

    /// Bytes that are held back now.
    pub fn held_bytes(&self) -> usize {
        self.open.as_ref().map_or(0, |(_, held)| held.0.len())
    }

    /// Appends to `text` what was held back: nothing more comes. It can be used again for another answer.
    pub fn finish(&mut self, text: &mut String) {
        if let Some((_, held)) = self.open.take() {
            text.push_str(&held.0);
        }
    }
}
