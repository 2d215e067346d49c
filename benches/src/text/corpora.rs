//! Texts in many scripts: novels and articles that `WRITEMAGIC_TEST_DATA` holds, repeated to the sizes that are measured.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// Which goal a text is held to: scripts differ in bytes a character and in how their segments end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    English,
    Latin,
    Other,
    Emoji,
}

/// A text and what it is called in the tables.
pub(super) struct Corpus {
    pub(super) name: &'static str,
    pub(super) family: Family,
    /// At least [`LARGE`] bytes, made of whole lines.
    text: String,
}

/// Fits the caches of one core.
pub(super) const HOT: usize = 64 << 10;
/// A long book.
pub(super) const LARGE: usize = 4 << 20;

const FILES: [(&str, Family, &str); 13] = [
    ("en", Family::English, "prose_en.txt"),
    ("de", Family::Latin, "prose_de.txt"),
    ("fr", Family::Latin, "prose_fr.txt"),
    ("ru", Family::Other, "prose_ru.txt"),
    ("ar", Family::Other, "lipsum_Arabic-Lipsum.utf8.txt wikipedia_mars_arabic.utf8.txt"),
    ("he", Family::Other, "lipsum_Hebrew-Lipsum.utf8.txt wikipedia_mars_hebrew.utf8.txt"),
    ("hi", Family::Other, "lipsum_Hindi-Lipsum.utf8.txt wikipedia_mars_hindi.utf8.txt"),
    ("th", Family::Other, "wikipedia_mars_thai.utf8.txt"),
    ("zh", Family::Other, "lipsum_Chinese-Lipsum.utf8.txt wikipedia_mars_chinese.utf8.txt"),
    ("ja", Family::Other, "lipsum_Japanese-Lipsum.utf8.txt wikipedia_mars_japanese.utf8.txt"),
    ("ko", Family::Other, "lipsum_Korean-Lipsum.utf8.txt wikipedia_mars_korean.utf8.txt"),
    ("emoji", Family::Emoji, "lipsum_Emoji-Lipsum.utf8.txt"),
    ("markup", Family::Latin, "wikipedia_mars_english.utf8.txt wikipedia_mars_german.utf8.txt"),
];

/// All texts; `None` without the folder that has them.
pub(super) fn all() -> Result<Option<Vec<Corpus>>> {
    let Some(folder) = std::env::var_os("WRITEMAGIC_TEST_DATA") else { return Ok(None) };
    let folder = PathBuf::from(folder).join("text");
    let load = |(name, family, files): (&'static str, Family, &str)| {
        let mut once = String::new();
        for file in files.split(' ') {
            once += &std::fs::read_to_string(folder.join(file)).with_context(|| file.to_owned())?;
            if !once.ends_with('\n') {
                once.push('\n');
            }
        }
        let text = once.repeat(LARGE.div_ceil(once.len()));
        Ok(Corpus { name, family, text })
    };
    FILES.into_iter().map(load).collect::<Result<_>>().map(Some)
}

impl Corpus {
    /// The first whole lines, as many as `bytes` hold; of a longer line as many characters.
    pub(super) fn first(&self, bytes: usize) -> &str {
        let end =
            (0..=bytes.min(self.text.len())).rev().find(|end| self.text.is_char_boundary(*end)).unwrap_or(0);
        match self.text[..end].rfind('\n') {
            Some(line_end) => &self.text[..=line_end],
            None => &self.text[..end],
        }
    }

    /// So many bytes and a few more, far beyond the caches.
    pub(super) fn cold(&self, bytes: usize) -> String {
        let large = self.first(LARGE);
        large.repeat(bytes.div_ceil(large.len()))
    }
}
