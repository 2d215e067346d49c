//! Texts made of characters of every class of every rule, so that a short input comes far.

/// Representatives of the classes.
const ALPHABET: &str = "aB1 .!?,;:'\"()_-\r\n\t\u{B}\u{85}\u{2028}\u{3000}éßЖжא״ב०٣½²漢ひカｱー한\u{1100}\u{1161}\u{11A8}각ไ\u{E31}\
    \u{301}\u{345}\u{903}\u{94D}कष\u{9CD}ক\u{200C}\u{200D}\u{200B}\u{AD}\u{FEFF}\u{600}\u{11A84}🇩🇪👩🔬🏽❤\u{FE0F}☀🅰ℹ©\u{20E3}#’“”»…。‥٫٬·‿\u{202F}\u{2060}𝟙𐐀\u{E0001}\u{E01EF}\0";

/// A text of one character a byte.
#[allow(dead_code)]
pub fn text(input: &[u8]) -> String {
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    input.iter().map(|byte| alphabet[usize::from(*byte) % alphabet.len()]).collect()
}

/// A text of two bytes a character, with runs of it: so that rules reach over the edges of blocks.
#[allow(dead_code)]
pub fn text_with_runs(input: &[u8]) -> String {
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    let mut text = String::new();
    for pair in input.chunks_exact(2) {
        let run = if pair[1] < 192 { 1 } else { usize::from(pair[1]) - 190 };
        text.extend(std::iter::repeat_n(alphabet[usize::from(pair[0]) % alphabet.len()], run));
    }
    text
}
