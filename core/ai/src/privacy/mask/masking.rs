//! One run's values and what stands for them.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use writemagic_shared::limits;
use writemagic_shared::text::segment::{self, Unit};

use super::unmasking::Unmasking;
use super::{Kind, Mask, MaskCounts, MaskError, email, iban, number, placeholder};

/// The values of one run, by what stands for them. Left out of debug output.
#[derive(Clone, Default)]
pub(super) struct Values(HashMap<(Kind, u32), Box<str>>);

impl Values {
    pub(super) fn get(&self, kind: Kind, number: u32) -> Option<&str> {
        self.0.get(&(kind, number)).map(|value| &**value)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("count", &self.0.len()).finish()
    }
}

/// The masking of one run: the same value has the same placeholder in all its texts. Values stay in memory for as long
/// as this or an [`Unmasking`] of it lives, and never appear in debug output.
#[derive(Debug)]
pub struct Masking {
    mask: Mask,
    values: Arc<Values>,
    numbers: Numbers,
}

/// What stands for a value, and the last number of each kind.
#[derive(Default)]
struct Numbers {
    of: HashMap<(Kind, Box<str>), u32>,
    last: HashMap<Kind, u32>,
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Numbers").field("count", &self.of.len()).finish()
    }
}

impl Masking {
    pub(super) fn new(mask: Mask) -> Self {
        Self { mask, values: Arc::default(), numbers: Numbers::default() }
    }

    /// `text` with placeholders instead of values; `counts` grows by what was replaced. Linear in the text.
    ///
    /// # Errors
    ///
    /// [`MaskError::LimitExceeded`] for a text of more than 4 MiB ([`limits::MASK_TEXT_BYTES`]) or more than 10,000
    /// distinct values in the run ([`limits::MASK_VALUES`]). Nothing may be sent then.
    pub fn mask(&mut self, text: &str, counts: &mut MaskCounts) -> Result<String, MaskError> {
        let (value, limit) = (text.len() as u64, limits::MASK_TEXT_BYTES);
        if value > limit {
            return Err(MaskError::LimitExceeded { what: "mask_text_bytes", value, limit });
        }
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for (range, kind) in self.mask.regions(text) {
            masked.push_str(&text[end..range.start]);
            end = range.end;
            let number = self.number(kind, &text[range])?;
            masked.push_str(&placeholder::write(kind, number));
            counts.add(kind);
        }
        masked.push_str(&text[end..]);
        Ok(masked)
    }

    /// Puts the values back into an answer that comes in pieces. It knows the values of the texts masked so far.
    pub fn unmasking(&self) -> Unmasking {
        Unmasking::new(self.values.clone())
    }

    fn number(&mut self, kind: Kind, value: &str) -> Result<u32, MaskError> {
        // A key of its own for each look-up: values are short and few.
        let key = (kind, Box::from(value));
        if let Some(&number) = self.numbers.of.get(&key) {
            return Ok(number);
        }
        let (value, limit) = (self.numbers.of.len() as u64 + 1, limits::MASK_VALUES);
        if value > limit {
            return Err(MaskError::LimitExceeded { what: "mask_values", value, limit });
        }
        let last = self.numbers.last.entry(kind).or_insert(0);
        // A placeholder must not show what the list hides: with `name1` on the list the first one is `[NAME2]`.
        let mut free = (*last + 1..=placeholder::LARGEST)
            .filter(|&number| self.mask.phrases.find(&placeholder::write(kind, number), &[]).is_empty());
        let Some(number) = free.next() else {
            return Err(MaskError::LimitExceeded { what: "mask_values", value, limit });
        };
        *last = number;
        Arc::make_mut(&mut self.values).0.insert((kind, number), key.1.clone());
        self.numbers.of.insert(key, number);
        Ok(number)
    }
}

impl Mask {
    /// What is to be masked in `text`: in order, apart, each beginning and ending between graphemes.
    fn regions(&self, text: &str) -> Vec<(Range<usize>, Kind)> {
        let mut found: Vec<(Range<usize>, Kind)> = number::find(text);
        found.extend(email::find(text).map(|range| (range, Kind::Email)));
        found.extend(iban::find(text).map(|range| (range, Kind::Iban)));
        found.extend(placeholder::find(text).map(|range| (range, Kind::Lookalike)));
        for (range, _) in &mut found {
            *range = whole_graphemes(text, range.clone());
        }
        let regions = merged(found);
        let gone: Vec<Range<usize>> = regions.iter().map(|(range, _)| range.clone()).collect();
        let phrases = self.phrases.find(text, &gone);
        if phrases.is_empty() {
            return regions;
        }
        merged(regions.into_iter().chain(phrases.into_iter().map(|range| (range, Kind::Phrase))).collect())
    }
}

/// Regions that overlap become one, of the kind of the longest.
fn merged(mut regions: Vec<(Range<usize>, Kind)>) -> Vec<(Range<usize>, Kind)> {
    regions.sort_by_key(|(range, kind)| (range.start, std::cmp::Reverse(range.end), *kind));
    let mut merged: Vec<(Range<usize>, Kind)> = Vec::with_capacity(regions.len());
    // How long the region was that gave the last one its kind.
    let mut longest = 0;
    for (range, kind) in regions {
        match merged.last_mut() {
            Some((last, of)) if range.start < last.end => {
                if range.len() > longest {
                    (longest, *of) = (range.len(), kind);
                }
                last.end = last.end.max(range.end);
            }
            _ => {
                longest = range.len();
                merged.push((range, kind));
            }
        }
    }
    merged
}

fn whole_graphemes(text: &str, range: Range<usize>) -> Range<usize> {
    let is_boundary = |offset| segment::is_boundary(text, Unit::Grapheme, offset);
    let start = match range.start {
        inside if !is_boundary(inside) => segment::boundary_before(text, Unit::Grapheme, inside).unwrap_or(0),
        start => start,
    };
    let end = match range.end {
        inside if !is_boundary(inside) => {
            segment::boundary_after(text, Unit::Grapheme, inside).unwrap_or(text.len())
        }
        end => end,
    };
    start..end
}
