//! The ways to count: a whole text, chunks of it, its lines, on this processor's path.

use super::kernel::Measures;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
use super::neon::Neon;
use super::{TextStats, kernel, scalar};
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512};
use crate::text::dispatch::Path;
use crate::text::utf8::{InvalidUtf8, Validator};

/// How many words `text` has: segments of Unicode Annex #29 that hold an alphabetic or number character.
///
/// Several times faster than all counts together. Linear in the text; allocates nothing.
pub fn count_words(text: &str) -> u64 {
    count_on::<Words>(Path::current(), text).words
}

/// How many sentences of Unicode Annex #29 that hold an alphabetic or number character `text` has.
///
/// Linear in the text; allocates nothing.
pub fn count_sentences(text: &str) -> u64 {
    count_on::<Sentences>(Path::current(), text).sentences
}

/// How many extended grapheme clusters of Unicode Annex #29 `text` has: what a reader takes for characters.
///
/// Linear in the text; allocates nothing.
pub fn count_graphemes(text: &str) -> u64 {
    count_on::<Graphemes>(Path::current(), text).graphemes
}

/// The counts of each line of `text`, its `\n` included: together they are those of the text.
///
/// This is what makes live counts cheap: a change costs its lines.
///
/// ```
/// use writemagic_shared::text::{TextStats, stats_of_lines};
///
/// let text = "One line.\nAnother line.\n";
/// assert_eq!(stats_of_lines(text).map(|line| line.words).collect::<Vec<_>>(), [2, 2]);
/// assert_eq!(stats_of_lines(text).sum::<TextStats>(), TextStats::of(text));
/// ```
pub fn stats_of_lines(text: &str) -> impl Iterator<Item = TextStats> {
    text.split_inclusive('\n').map(TextStats::of)
}

/// Counts text that comes in chunks, which may split anywhere, even inside a character.
///
/// The counts are those of the chunks put together. A few hundred bytes of state; allocates nothing.
///
/// ```
/// use writemagic_shared::text::StatsCounter;
///
/// let mut counter = StatsCounter::new();
/// counter.push(b"It's a caf\xC3")?;
/// counter.push(b"\xA9.")?;
/// assert_eq!(counter.finish()?.words, 3);
/// # Ok::<(), writemagic_shared::text::utf8::InvalidUtf8>(())
/// ```
#[derive(Clone, Debug)]
pub struct StatsCounter {
    validator: Validator,
    counter: Counter,
}

impl StatsCounter {
    /// A counter that has seen nothing.
    pub fn new() -> Self {
        Self { validator: Validator::new(), counter: Counter::on(Path::current()) }
    }

    /// Counts the next chunk. Linear in the chunk.
    ///
    /// # Errors
    /// [`InvalidUtf8`] with the offset from the start of the first chunk; every later call repeats it.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), InvalidUtf8> {
        self.validator.push(chunk)?;
        self.counter.absorb::<All>(chunk);
        Ok(())
    }

    /// The counts of all chunks.
    ///
    /// # Errors
    /// The error of an earlier [`push`](Self::push), or one that says that the text ends inside a character.
    pub fn finish(self) -> Result<TextStats, InvalidUtf8> {
        self.validator.finish()?;
        Ok(self.counter.finish::<All>())
    }
}

impl Default for StatsCounter {
    fn default() -> Self {
        Self::new()
    }
}

/// Everything.
pub(super) struct All;
/// Words and ideographs.
pub(super) struct Words;
/// Sentences.
pub(super) struct Sentences;
/// Grapheme clusters.
pub(super) struct Graphemes;

impl Measures for All {
    const WORDS: bool = true;
    const SENTENCES: bool = true;
    const GRAPHEMES: bool = true;
    const LINES: bool = true;
}

impl Measures for Words {
    const WORDS: bool = true;
    const SENTENCES: bool = false;
    const GRAPHEMES: bool = false;
    const LINES: bool = false;
}

impl Measures for Sentences {
    const WORDS: bool = false;
    const SENTENCES: bool = true;
    const GRAPHEMES: bool = false;
    const LINES: bool = false;
}

impl Measures for Graphemes {
    const WORDS: bool = false;
    const SENTENCES: bool = false;
    const GRAPHEMES: bool = true;
    const LINES: bool = false;
}

/// What `M` asks for of `text`, on a path that is available.
pub(super) fn count_on<M: Measures>(path: Path, text: &str) -> TextStats {
    let mut counter = Counter::on(path);
    counter.absorb::<M>(text.as_bytes());
    counter.finish::<M>()
}

/// A count under way on one path.
#[derive(Clone, Debug)]
pub(super) enum Counter {
    Scalar(scalar::State),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2, kernel::State),
    #[cfg(target_arch = "x86_64")]
    Avx512Bw(avx512::Avx512<avx512::Shuffle>, kernel::State),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512<avx512::Permute>, kernel::State),
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    Neon(Neon, kernel::State),
}

impl Counter {
    /// Counts on `path`, or with scalar code where the processor lacks it.
    pub(super) fn on(path: Path) -> Self {
        match path {
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => Avx2::new().map(|simd| Self::Avx2(simd, kernel::State::new())),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Bw => avx512::Avx512::<avx512::Shuffle>::new()
                .map(|simd| Self::Avx512Bw(simd, kernel::State::new())),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => {
                avx512::Avx512::<avx512::Permute>::new().map(|simd| Self::Avx512(simd, kernel::State::new()))
            }
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Path::Neon => Neon::new().map(|simd| Self::Neon(simd, kernel::State::new())),
            _ => None,
        }
        .unwrap_or_else(|| Self::Scalar(scalar::State::new()))
    }

    /// Counts bytes of UTF-8 that follow what came before; they may split characters.
    pub(super) fn absorb<M: Measures>(&mut self, text: &[u8]) {
        match self {
            Self::Scalar(state) => state.absorb::<M>(text),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd, state) => simd.absorb::<M>(state, text),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bw(simd, state) => simd.absorb::<M>(state, text),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd, state) => simd.absorb::<M>(state, text),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Self::Neon(simd, state) => simd.absorb::<M>(state, text),
        }
    }

    /// The counts; the text must not end inside a character.
    pub(super) fn finish<M: Measures>(self) -> TextStats {
        let (mut totals, last_byte) = match self {
            Self::Scalar(mut state) => {
                state.finish::<M>();
                (state.totals, state.last_byte())
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd, mut state) => (simd.finish::<M>(&mut state), state.last_byte()),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bw(simd, mut state) => (simd.finish::<M>(&mut state), state.last_byte()),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd, mut state) => (simd.finish::<M>(&mut state), state.last_byte()),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Self::Neon(simd, mut state) => (simd.finish::<M>(&mut state), state.last_byte()),
        };
        if M::LINES {
            // What follows the last line feed is a line too.
            totals.lines += u64::from(totals.bytes > 0 && last_byte != b'\n');
        }
        totals
    }
}
