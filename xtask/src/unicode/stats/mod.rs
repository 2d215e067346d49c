//! Tables of the counters (`text/stats`): a class byte a character for words, sentences and graphemes, and the
//! automata of the scalar path.
//!
//! A class byte is made of bits that a vector kernel takes apart into masks; the doc comments written into the
//! table say what they mean. [`words`], [`sentences`] and [`graphemes`] each say which byte a character has and
//! what an automaton does with it, [`automaton`] walks their states. Characters whose three bytes are the same are
//! of one class: there are no more than 64, so that one table of pages and one look-up find all three.

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
of 64 entries of `PAGE_NUMBERS`, each the number of a page in `CLASS_PAGES`. The low six bits of a byte there are
the character's class, for which `WORD_BYTES`, `SENTENCE_BYTES` and `GRAPHEME_BYTES` have the bits of its properties.";
/// In the pages: the class has a bit for the rarer rules of words.
const SPECIAL_WORD: u8 = 0x40;
/// In the pages: the class has a bit for clusters.
const CLUSTERED: u8 = 0x80;

/// Writes the file.
pub(crate) fn write(ucd: &Ucd) -> Result<Source> {
    let bytes =
        |class: fn(&Ucd, u32) -> u8| (0..CODE_POINTS as u32).map(|c| class(ucd, c)).collect::<Vec<u8>>();
    let classes = [bytes(words::class), bytes(sentences::class), bytes(graphemes::class)];
    check_uniform(&classes)?;
    let (joint, numbers) = joint_classes(&classes)?;
    let (pages, plain) = plain_first(Stages::of(&numbers, PAGE));
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
    let doc = "Classes of characters; with 64 where `WORD_BYTES` has 16 or 32, with 128 where `GRAPHEME_BYTES` \
               has anything.";
    source.pages(doc, "CLASS_PAGES", &pages.blocks);
    let number_of = |bytes| joint.iter().position(|class| *class == bytes).unwrap_or(0);
    let letter = [words::LETTER, sentences::OTHER_LETTER, 0];
    let ideograph = [words::IDEOGRAPH, sentences::OTHER_LETTER, 0];
    source.constant("The class of letters without case.", "LETTER", "u8", number_of(letter));
    source.constant("The class of Han ideographs.", "IDEOGRAPH", "u8", number_of(ideograph));
    let names = ["WORD", "SENTENCE", "GRAPHEME"];
    let columns = [0, 1, 2].map(|which| joint.map(|bytes| bytes[which]));
    for ((name, doc), column) in names.iter().zip([words::DOC, sentences::DOC, graphemes::DOC]).zip(&columns)
    {
        source.page(doc, &format!("{name}_BYTES"), column);
    }
    words::automaton(ucd, &classes[0])?.write(&mut source, "WORD", &columns[0])?;
    sentences::automaton(ucd, &classes[1])?.write(&mut source, "SENTENCE", &columns[1])?;
    graphemes::automaton(ucd, &classes[2])?.write(&mut source, "GRAPHEME", &columns[2])?;
    Ok(source)
}

/// The different triples of class bytes, class 0 first, and for each code point its byte in the pages.
fn joint_classes(classes: &[Vec<u8>; 3]) -> Result<([[u8; 3]; PAGE], Vec<u8>)> {
    let mut joint = vec![[0; 3]];
    let mut numbers = Vec::with_capacity(CODE_POINTS);
    let [word, sentence, grapheme] = classes;
    for ((word, sentence), grapheme) in word.iter().zip(sentence).zip(grapheme) {
        let bytes = [*word, *sentence, *grapheme];
        let known = joint.iter().position(|class| *class == bytes).unwrap_or_else(|| {
            joint.push(bytes);
            joint.len() - 1
        });
        ensure!(known < PAGE, "there are more classes than a look-up can tell apart");
        let special = if words::is_special(bytes[0]) { SPECIAL_WORD } else { 0 };
        let clustered = if bytes[2] == 0 { 0 } else { CLUSTERED };
        numbers.push(known as u8 | special | clustered);
    }
    let mut all = [[0; 3]; PAGE];
    all[..joint.len()].copy_from_slice(&joint);
    Ok((all, numbers))
}

/// Renumbers pages so that those without a class for clusters come first, and says how many they are.
fn plain_first(pages: Stages<u8>) -> (Stages<u8>, usize) {
    let blocks: Vec<&[u8]> = pages.blocks.chunks(PAGE).collect();
    let is_plain = |page: usize| blocks[page].iter().all(|class| class & CLUSTERED == 0);
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
