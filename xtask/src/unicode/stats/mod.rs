//! Tables of the counters (`text/stats`): a class byte a character for words, sentences and graphemes, and the
//! automata of the scalar path.
//!
//! A class byte is made of bits that a vector kernel takes apart into masks; the doc comments written into the
//! table say what they mean. [`words`], [`sentences`] and [`graphemes`] each say which byte a character has and
//! what an automaton does with it, [`automaton`] walks their states.

mod automaton;
mod graphemes;
mod sentences;
mod words;

use anyhow::{Result, ensure};

use super::source::Source;
use super::stages::Stages;
use super::ucd::{CODE_POINTS, Ucd};

/// Characters a page: those that share all but the last byte of UTF-8.
const PAGE: usize = 64;
const ABOUT: &str = "\
Classes of characters for the counters, and the automata of their scalar path.

A page is the 64 characters that share all but the last byte of their UTF-8. `PAGE_ROWS[code point >> 12]` is a row
of 64 entries of `PAGE_NUMBERS`, each the number of a page in `WORD_PAGES`, `SENTENCE_PAGES` and `GRAPHEME_PAGES`.";

/// Writes the file.
pub(crate) fn write(ucd: &Ucd) -> Result<Source> {
    let bytes =
        |class: fn(&Ucd, u32) -> u8| (0..CODE_POINTS as u32).map(|c| class(ucd, c)).collect::<Vec<u8>>();
    let classes = [bytes(words::class), bytes(sentences::class), bytes(graphemes::class)];
    check_uniform(&classes)?;
    let together: Vec<[u8; 3]> =
        (0..CODE_POINTS).map(|c| [classes[0][c], classes[1][c], classes[2][c]]).collect();
    let (pages, plain) = plain_first(Stages::of(&together, PAGE));
    let rows = Stages::of(&pages.index, PAGE);
    let mut source = Source::new(ABOUT);
    source.items("use super::page::Page;\n");
    source.table(
        "For each 4096 characters, the number of their row in `PAGE_NUMBERS`.",
        "PAGE_ROWS",
        "u8",
        &rows.index,
    );
    source.table("Rows of page numbers.", "PAGE_NUMBERS", "u16", &rows.blocks);
    source.constant(
        "Pages with lower numbers have class 0 throughout for clusters.",
        "PLAIN_PAGES",
        "usize",
        plain,
    );
    let names = ["WORD", "SENTENCE", "GRAPHEME"];
    for (which, (name, doc)) in names.iter().zip([words::DOC, sentences::DOC, graphemes::DOC]).enumerate() {
        let column: Vec<u8> = pages.blocks.iter().map(|bytes| bytes[which]).collect();
        let table = format!("{name}_PAGES");
        let values: Vec<String> =
            column.chunks(PAGE).map(|page| format!("{page:?}").replace(' ', "")).collect();
        source.pages(doc, &table, &values);
    }
    words::automaton(ucd, &classes[0])?.write(&mut source, "WORD")?;
    sentences::automaton(ucd, &classes[1])?.write(&mut source, "SENTENCE")?;
    graphemes::automaton(ucd, &classes[2])?.write(&mut source, "GRAPHEME")?;
    Ok(source)
}

/// Renumbers pages so that those without a class for clusters come first, and says how many they are.
fn plain_first(pages: Stages<[u8; 3]>) -> (Stages<[u8; 3]>, usize) {
    let blocks: Vec<&[[u8; 3]]> = pages.blocks.chunks(PAGE).collect();
    let is_plain = |page: usize| blocks[page].iter().all(|classes| classes[2] == 0);
    let (plain, others): (Vec<usize>, Vec<usize>) = (0..blocks.len()).partition(|page| is_plain(*page));
    let order: Vec<usize> = plain.iter().chain(&others).copied().collect();
    let mut numbers = vec![0; order.len()];
    for (number, page) in order.iter().enumerate() {
        numbers[*page] = number;
    }
    let index = pages.index.iter().map(|page| numbers[*page]).collect();
    let blocks = order.iter().flat_map(|page| blocks[*page].to_vec()).collect();
    (Stages { index, blocks }, plain.len())
}

/// Ideographs and Hangul syllables are told by their bytes; the kernels write these classes down.
fn check_uniform(classes: &[Vec<u8>; 3]) -> Result<()> {
    for c in (0x4E00_usize..=0x9FFF).chain(0xAC00..=0xD7A3) {
        let (word, sentence, grapheme) = if c < 0xAC00 {
            (words::IDEOGRAPH, sentences::OTHER_LETTER, 0)
        } else {
            let open = (c - 0xAC00).is_multiple_of(28);
            (words::LETTER, sentences::OTHER_LETTER, if open { graphemes::LV } else { graphemes::LVT })
        };
        let found = (classes[0][c], classes[1][c], classes[2][c]);
        ensure!(found == (word, sentence, grapheme), "U+{c:04X} is not like its neighbours");
    }
    Ok(())
}
