//! From a file's bytes to text: byte order marks, UTF-8, UTF-16, and the legacy encodings that files do not name.
//!
//! Text is never changed on the way: line ends, NULs and unassigned characters stay. Bytes that mean nothing in
//! their encoding become U+FFFD, and the result says so.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How far from its start a file is searched for the NUL that makes it binary, in bytes.
const BINARY_PROBE_BYTES: usize = 8 << 10;
/// How much the text grows at a time while a legacy encoding is read, in bytes.
const GROWTH_BYTES: usize = 64 << 10;
/// So many sound multi-byte characters for each broken one mean damaged UTF-8 rather than a legacy encoding.
const SOUND_PER_BROKEN: usize = 8;

const UTF_8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF_16LE_MARK: &[u8] = b"\xFF\xFE";
const UTF_16BE_MARK: &[u8] = b"\xFE\xFF";
const UTF_32LE_MARK: &[u8] = b"\xFF\xFE\0\0";

/// The text of a file, and how it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text, without a byte order mark.
    pub(super) text: String,
    /// The WHATWG name of the encoding, in lower case.
    pub(super) encoding: &'static str,
    /// Whether the file began with a byte order mark.
    pub(super) byte_order_mark: bool,
    /// Whether bytes without a meaning were replaced.
    pub(super) lossy: bool,
}

/// Why bytes are no text that a document could hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotText {
    /// A NUL near the start, without a UTF-16 byte order mark.
    Binary,
    /// More bytes of UTF-8 than the limit.
    TooLarge,
}

/// Reads `bytes` as text of at most `limit` bytes of UTF-8. Linear; holds the bytes and the text at the same time
/// only when they differ.
pub(super) fn decode(bytes: Vec<u8>, limit: usize) -> Result<Decoded, NotText> {
    // A UTF-32 mark begins like one of UTF-16; read as that, every other character would be NUL.
    if !bytes.starts_with(UTF_32LE_MARK) {
        for (mark, encoding) in [(UTF_16LE_MARK, UTF_16LE), (UTF_16BE_MARK, UTF_16BE)] {
            if let Some(rest) = bytes.strip_prefix(mark) {
                return transcode(encoding, rest, true, limit);
            }
        }
    }
    if bytes[..bytes.len().min(BINARY_PROBE_BYTES)].contains(&0) {
        return Err(NotText::Binary);
    }
    let byte_order_mark = bytes.starts_with(UTF_8_MARK);
    let start = if byte_order_mark { UTF_8_MARK.len() } else { 0 };
    match String::from_utf8(bytes) {
        Ok(text) if text.len() - start > limit => Err(NotText::TooLarge),
        Ok(mut text) => {
            text.drain(..start);
            Ok(Decoded { text, encoding: name(UTF_8), byte_order_mark, lossy: false })
        }
        Err(refused) => {
            let bytes = &refused.as_bytes()[start..];
            let encoding = if byte_order_mark || is_damaged_utf8(bytes) { UTF_8 } else { detect(bytes) };
            transcode(encoding, bytes, byte_order_mark, limit)
        }
    }
}

/// Whether invalid UTF-8 is UTF-8 all the same, with a few broken characters: a cut end, a bad sector.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().bytes().filter(|&byte| byte >= 0xC0).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    sound >= broken.saturating_mul(SOUND_PER_BROKEN)
}

/// The likeliest legacy encoding of bytes that are not UTF-8.
fn detect(bytes: &[u8]) -> &'static Encoding {
    // ISO-2022-JP is all ASCII, so it is valid UTF-8 and never comes here.
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

fn transcode(
    encoding: &'static Encoding,
    mut bytes: &[u8],
    byte_order_mark: bool,
    limit: usize,
) -> Result<Decoded, NotText> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len().min(limit) + GROWTH_BYTES);
    let mut lossy = false;
    loop {
        let (result, read, replaced) = decoder.decode_to_string(bytes, &mut text, true);
        bytes = &bytes[read..];
        lossy |= replaced;
        if text.len() > limit {
            return Err(NotText::TooLarge);
        }
        match result {
            CoderResult::InputEmpty => break,
            CoderResult::OutputFull => text.reserve(GROWTH_BYTES),
        }
    }
    Ok(Decoded { text, encoding: name(encoding), byte_order_mark, lossy })
}

/// The names of the WHATWG Encoding Standard, in lower case.
const NAMES: &[&str] = &[
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "windows-1251",
    "shift_jis",
    "gbk",
    "big5",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "ibm866",
    "iso-2022-jp",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "windows-874",
    "windows-1250",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "x-mac-cyrillic",
];

fn name(encoding: &'static Encoding) -> &'static str {
    let name = encoding.name();
    NAMES.iter().find(|lower| lower.eq_ignore_ascii_case(name)).copied().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;

    fn read(bytes: &[u8]) -> Decoded {
        decode(bytes.to_vec(), LIMIT).unwrap()
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn utf8_is_kept_as_it_is() {
        for text in ["", "plain", "naïve 🏳️‍🌈\r\nline\rline\n", "\u{FFFD}\u{0378}"] {
            let decoded = read(text.as_bytes());
            assert_eq!(
                decoded,
                Decoded { text: text.into(), encoding: "utf-8", byte_order_mark: false, lossy: false }
            );
        }
    }

    #[test]
    fn one_byte_order_mark_becomes_an_attribute_and_a_second_is_text() {
        let decoded = read(b"\xEF\xBB\xBF\xEF\xBB\xBFtext");
        assert_eq!((decoded.text.as_str(), decoded.byte_order_mark), ("\u{FEFF}text", true));
        let decoded = read(b"\xEF\xBB\xBF");
        assert_eq!((decoded.text.as_str(), decoded.byte_order_mark), ("", true));
    }

    #[test]
    fn utf16_needs_its_mark() {
        let text = "Grüße, 世界 🎉\r\n\0";
        let little = [UTF_16LE_MARK, &utf16(text, u16::to_le_bytes)].concat();
        let big = [UTF_16BE_MARK, &utf16(text, u16::to_be_bytes)].concat();
        for (bytes, encoding) in [(&little, "utf-16le"), (&big, "utf-16be")] {
            let decoded = read(bytes);
            assert_eq!((decoded.text.as_str(), decoded.encoding), (text, encoding));
            assert!(decoded.byte_order_mark && !decoded.lossy);
        }
        assert_eq!(decode(little[2..].to_vec(), LIMIT), Err(NotText::Binary));
    }

    #[test]
    fn broken_utf16_is_read_with_a_loss() {
        let lone_surrogate = [UTF_16LE_MARK, b"a\0\x00\xD8b\0"].concat();
        let half_a_unit = [UTF_16BE_MARK, b"\0a\0"].concat();
        for bytes in [lone_surrogate, half_a_unit] {
            let decoded = read(&bytes);
            assert!(decoded.lossy && decoded.text.contains('\u{FFFD}'));
        }
    }

    #[test]
    fn utf32_is_binary() {
        assert_eq!(decode(b"\xFF\xFE\0\0a\0\0\0".to_vec(), LIMIT), Err(NotText::Binary));
    }

    #[test]
    fn legacy_encodings_are_detected_and_named() {
        let russian = "Съешь же ещё этих мягких французских булок, да выпей чаю. Всё хорошо.";
        let japanese = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";
        let french = "Le cœur déçu mais l'âme plutôt naïve, Louÿs rêva de crapaüter en canoë.";
        for (text, encoding, name) in [
            (russian, WINDOWS_1251, "windows-1251"),
            (russian, KOI8_R, "koi8-u"), // chardetng treats KOI8-R as the subset that it is
            (japanese, SHIFT_JIS, "shift_jis"),
            (french, WINDOWS_1252, "windows-1252"),
        ] {
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable);
            let decoded = read(&bytes);
            assert_eq!((decoded.text.as_str(), decoded.encoding), (text, name));
            assert!(!decoded.lossy && !decoded.byte_order_mark);
        }
    }

    #[test]
    fn a_little_damage_does_not_turn_utf8_into_another_encoding() {
        let mut bytes = "Всё хорошо, прекрасная маркиза".as_bytes().to_vec();
        bytes.pop();
        let decoded = read(&bytes);
        assert_eq!((decoded.encoding, decoded.lossy), ("utf-8", true));
        assert_eq!(decoded.text, "Всё хорошо, прекрасная маркиз\u{FFFD}");
        assert_eq!(read(b"\xEF\xBB\xBFcaf\xE9").text, "caf\u{FFFD}");
        assert_eq!(read(b"caf\xE9").text, "café");
    }

    #[test]
    fn a_nul_in_the_first_8_kib_is_binary_and_one_behind_is_text() {
        let mut bytes = vec![b'a'; BINARY_PROBE_BYTES];
        bytes.push(0);
        assert_eq!(read(&bytes).text.len(), BINARY_PROBE_BYTES + 1);
        bytes[BINARY_PROBE_BYTES - 1] = 0;
        assert_eq!(decode(bytes, LIMIT), Err(NotText::Binary));
    }

    #[test]
    fn the_limit_counts_utf8_without_the_mark() {
        let fits = [UTF_8_MARK, b"12345"].concat();
        assert!(decode(fits.clone(), 5).is_ok());
        assert_eq!(decode(fits, 4), Err(NotText::TooLarge));
        assert!(decode(b"caf\xE9".to_vec(), 5).is_ok());
        assert_eq!(decode(b"caf\xE9".to_vec(), 4), Err(NotText::TooLarge));
        let large = [UTF_16LE_MARK, &utf16(&"世".repeat(GROWTH_BYTES), u16::to_le_bytes)].concat();
        assert_eq!(decode(large.clone(), 3 * GROWTH_BYTES).unwrap().text.len(), 3 * GROWTH_BYTES);
        assert_eq!(decode(large, 3 * GROWTH_BYTES - 1), Err(NotText::TooLarge));
    }

    #[test]
    fn every_name_is_the_standards_own() {
        for lower in NAMES {
            let encoding = Encoding::for_label(lower.as_bytes()).unwrap();
            assert_eq!(name(encoding), *lower);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_text_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            match decode(bytes.clone(), 100) {
                Ok(decoded) => prop_assert!(decoded.text.len() <= 100 && NAMES.contains(&decoded.encoding)),
                Err(NotText::Binary) => prop_assert!(bytes.contains(&0)),
                Err(NotText::TooLarge) => prop_assert!(bytes.len() > 100 / 3),
            }
        }

        #[test]
        fn any_text_survives_each_unicode_encoding(text in "[^\0]{0,60}") {
            prop_assume!(!text.starts_with('\u{FEFF}'));
            prop_assert_eq!(&read(text.as_bytes()).text, &text);
            let little = [UTF_16LE_MARK, &utf16(&text, u16::to_le_bytes)].concat();
            prop_assert_eq!(&read(&little).text, &text);
            let big = [UTF_16BE_MARK, &utf16(&text, u16::to_be_bytes)].concat();
            prop_assert_eq!(&read(&big).text, &text);
        }
    }
}
