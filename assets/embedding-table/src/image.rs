//! Makes an image from a table as it was distilled.

use std::path::Path;
use std::{fmt, fs, io};

use super::layout::{CONTINUES, EMPTY, HEADER, Hash, Header, MOST_TOKENS, NAME, hash_of};

/// The name by which vectors of the table in `data` are known; each cut of it is told apart by dimensions and checksum.
const MODEL: &str = "static-minilm-l6";
/// The word for what is not in the vocabulary.
const UNKNOWN: &str = "[UNK]";

/// A table as it was distilled: rows, their scales, and the token of each.
pub struct Source {
    rows: Vec<u8>,
    scales: Vec<u8>,
    vocabulary: String,
}

/// Why there is no image.
#[derive(Debug)]
pub enum MakeError {
    /// A file cannot be read.
    Read(io::Error),
    /// The files do not fit together, or not what was asked for.
    Source(&'static str),
}

impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MakeError::Read(error) => write!(f, "a table cannot be read: {error}"),
            MakeError::Source(reason) => write!(f, "no table can be made: {reason}"),
        }
    }
}

impl std::error::Error for MakeError {}

impl Source {
    /// Reads the table from its three files in `folder`.
    ///
    /// # Errors
    /// [`MakeError::Read`].
    pub fn read(folder: &Path) -> Result<Self, MakeError> {
        let read = |name| fs::read(folder.join(name)).map_err(MakeError::Read);
        Ok(Self {
            rows: read("static_minilm_256.i8")?,
            scales: read("static_minilm_256.scale.f32")?,
            vocabulary: fs::read_to_string(folder.join("vocab.txt")).map_err(MakeError::Read)?,
        })
    }
}

/// The image of a table's first `dimensions` columns.
///
/// Each row is quantised again, so that its largest number is ±127: in whole numbers, the same on every machine.
///
/// # Errors
/// [`MakeError::Source`] where files contradict each other, or the table has fewer dimensions.
pub fn make(source: &Source, dimensions: usize) -> Result<Vec<u8>, MakeError> {
    let tokens: Vec<&str> = source.vocabulary.lines().collect();
    let count = u32::try_from(tokens.len()).ok().filter(|count| (1..=MOST_TOKENS).contains(count));
    let count = count.ok_or(MakeError::Source("the vocabulary is empty or too large"))?;
    let columns = source.rows.len() / tokens.len();
    if source.rows.len() != columns * tokens.len() || source.scales.len() != 4 * tokens.len() {
        return Err(MakeError::Source("rows, scales and vocabulary have different lengths"));
    }
    if dimensions == 0 || dimensions > columns || !dimensions.is_multiple_of(16) {
        return Err(MakeError::Source("dimensions are a multiple of 16, and at most the table's"));
    }
    let unknown = tokens.iter().position(|token| *token == UNKNOWN);
    let unknown = unknown.ok_or(MakeError::Source("the vocabulary has no token for unknown words"))?;

    let (mut rows, mut scales) = (Vec::new(), Vec::new());
    for (row, scale) in source.rows.chunks_exact(columns).zip(source.scales.as_chunks::<4>().0) {
        let (row, part) = quantise(&row[..dimensions]);
        rows.extend(row);
        scales.extend((f32::from_le_bytes(*scale) * part).to_le_bytes());
    }
    let (slots, farthest) = slots(&tokens, count);
    let mut end = 0;
    let ends = tokens.iter().flat_map(|token| {
        end += token.len() as u32;
        end.to_le_bytes()
    });
    let mut body = [rows, scales].concat();
    body.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
    body.extend(ends);
    body.extend(tokens.iter().flat_map(|token| token.bytes()));

    let mut name = [0; NAME];
    name[..MODEL.len()].copy_from_slice(MODEL.as_bytes());
    let header = Header {
        dimensions: dimensions as u32,
        tokens: count,
        unknown: unknown as u32,
        slots: slots.len() as u32,
        vocabulary: tokens.iter().map(|token| token.len() as u32).sum(),
        longest: tokens.iter().map(|token| bare(token).1.len() as u32).max().unwrap_or(0),
        farthest,
        checksum: hash_of(&body),
        name,
    };
    let mut image = Vec::with_capacity(HEADER + body.len());
    image.extend(header.to_bytes());
    image.extend(body);
    Ok(image)
}

/// Part of a row with its largest number at ±127, and what its scale is multiplied with.
fn quantise(row: &[u8]) -> (Vec<u8>, f32) {
    let numbers = || row.iter().map(|byte| i32::from(*byte as i8));
    let Some(largest) = numbers().map(i32::abs).max().filter(|largest| *largest > 0) else {
        return (row.to_vec(), 1.0);
    };
    // The nearest whole number to number × 127 / largest, halves to the even one.
    let nearest = |number: i32| {
        let (whole, rest) = ((number * 127).div_euclid(largest), (number * 127).rem_euclid(largest));
        match (2 * rest).cmp(&largest) {
            std::cmp::Ordering::Less => whole,
            std::cmp::Ordering::Greater => whole + 1,
            std::cmp::Ordering::Equal => whole + whole.rem_euclid(2),
        }
    };
    (numbers().map(|number| nearest(number) as i8 as u8).collect(), largest as f32 / 127.0)
}

/// Whether a token continues a word, and its letters.
fn bare(token: &str) -> (bool, &[u8]) {
    match token.as_bytes().strip_prefix(CONTINUES) {
        Some(letters) if !letters.is_empty() => (true, letters),
        _ => (false, token.as_bytes()),
    }
}

/// Every token in the first free slot from that of its hash on, and the longest way to one.
fn slots(tokens: &[&str], count: u32) -> (Vec<u32>, u32) {
    // Between a quarter and half of them are taken.
    let slots = (2 * count).next_power_of_two();
    let (mut taken, mut farthest) = (vec![EMPTY; slots as usize], 0);
    for (number, token) in tokens.iter().enumerate() {
        let (continues, letters) = bare(token);
        let hash = letters.iter().fold(Hash::new(continues), |hash, byte| hash.with(*byte));
        let mut way = 0;
        loop {
            let slot = &mut taken[(hash.slot(slots).wrapping_add(way) & (slots - 1)) as usize];
            if *slot == EMPTY {
                *slot = hash.tag() | number as u32;
                break;
            }
            way += 1;
        }
        farthest = farthest.max(way);
    }
    (taken, farthest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        let vocabulary = "[UNK]\na\n##a\n##".to_owned();
        let mut rows = vec![0; 32 * 4];
        rows[..4].copy_from_slice(&[100, 50, 156, 25]);
        rows[31] = 127;
        let scales = [0.5_f32, 1.0, 2.0, 4.0].iter().flat_map(|scale| scale.to_le_bytes()).collect();
        Source { rows, scales, vocabulary }
    }

    #[test]
    fn columns_are_cut_and_rows_quantised_again() {
        let image = make(&source(), 16).unwrap();
        let (header, parts) = Header::parse(&image).unwrap();
        assert_eq!(
            (header.dimensions, header.tokens, header.unknown, header.name()),
            (16, 4, 0, Some(MODEL))
        );
        // 63.5 is halfway, and 64 is even; -127; 31.75.
        assert_eq!(image[parts.rows][..5], [127, 64, 129, 32, 0]);
        assert_eq!(image[parts.scales.start..][..4], (0.5_f32 * (100.0 / 127.0)).to_le_bytes());
        assert_eq!(image[parts.scales.start + 4..][..4], 1.0_f32.to_le_bytes());
        assert_eq!(&image[parts.vocabulary], b"[UNK]a##a##");
        assert_eq!(header.checksum, hash_of(&image[HEADER..]));
        assert_eq!(image, make(&source(), 16).unwrap());
        assert_ne!(header.checksum, Header::parse(&make(&source(), 32).unwrap()).unwrap().0.checksum);
    }

    #[test]
    fn halves_go_to_even_numbers_on_both_sides_of_zero() {
        assert_eq!(quantise(&[2, 1, 255, 254]).0, [127, 64, 192, 129]); // 127, 63.5, -63.5, -127
        assert_eq!(quantise(&[0, 0]), (vec![0, 0], 1.0));
        assert_eq!(quantise(&[129, 127, 1]), (vec![129, 127, 1], 1.0));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let refused = |change: fn(&mut Source), dimensions| {
            let mut source = source();
            change(&mut source);
            matches!(make(&source, dimensions), Err(MakeError::Source(_)))
        };
        assert!(!refused(|_| (), 32));
        assert!(refused(|_| (), 48) && refused(|_| (), 0) && refused(|_| (), 8));
        assert!(refused(|source| source.vocabulary.clear(), 16));
        assert!(refused(|source| source.vocabulary.push_str("\nb"), 16));
        assert!(refused(|source| source.vocabulary = source.vocabulary.replace("UNK", "unk"), 16));
        assert!(refused(|source| source.scales.truncate(3), 16));
        assert!(refused(|source| source.rows.truncate(101), 16));
    }
}
