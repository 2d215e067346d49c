//! Tables of the counters (`text/stats`): the automata of the scalar path, derived from the boundary rules, and a
//! class byte a character for the vector kernels.
//!
//! [`counter`] makes a counting automaton of boundary rules. A class byte is made of bits that a kernel takes apart
//! into masks; [`words`], [`sentences`] and [`graphemes`] each say which byte a character has. Characters whose three
//! bytes are the same are of one class to a kernel: there are no more than 64, so that one table of pages and one
//! look-up find all three. That the bytes tell apart whatever the automata tell apart is checked here.

mod counter;
mod graphemes;
mod sentences;
mod words;

use std::collections::HashMap;

use anyhow::{Result, ensure};

use self::counter::{Counter, Symbol};
use super::graphemes::Graphemes;
use super::properties::{Classes, Properties};
use super::sentences::Sentences;
use super::source::Source;
use super::stages::Stages;
use super::ucd::Ucd;
use super::words::Words;

/// Characters a page: those that share all but the last byte of UTF-8.
const PAGE: usize = 64;
const ABOUT: &str = "\
The automata of the scalar counters, and classes of characters for the vector kernels.

A page is the 64 characters that share all but the last byte of their UTF-8. `PAGE_ROWS[code point >> 12]` is a row
of 64 entries of `PAGE_NUMBERS`, each the number of a page in `CLASS_PAGES`. The low six bits of a byte there are
the character's class, for which `WORD_BYTES`, `SENTENCE_BYTES` and `GRAPHEME_BYTES` have the bits of its properties.";
/// In the pages: the class has a bit for the rarer rules of words.
const SPECIAL_WORD: u8 = 0x40;
/// In the pages: the class has a bit for clusters.
const CLUSTERED: u8 = 0x80;

/// A word has a letter or a number, and a Han or Kana character alone is counted for reading time too.
fn word(of: &Properties) -> Symbol<super::words::Class> {
    Symbol { class: of.word, counts: of.alphanumeric, alone_counts: of.han_or_kana }
}

/// A sentence that counts has a letter or a number.
fn sentence(of: &Properties) -> Symbol<super::sentences::Class> {
    Symbol { class: of.sentence, counts: of.alphanumeric, alone_counts: false }
}

/// Every cluster counts.
fn grapheme(of: &Properties) -> Symbol<super::graphemes::Class> {
    Symbol { class: of.grapheme, counts: true, alone_counts: false }
}

fn symbols<C>(classes: &Classes, symbol: fn(&Properties) -> Symbol<C>) -> Vec<Symbol<C>> {
    classes.properties.iter().map(symbol).collect()
}

/// Writes the file.
pub(crate) fn write(ucd: &Ucd) -> Result<Source> {
    let classes = Classes::of(ucd)?;
    let counters = [
        Counter::derive::<Words>(&symbols(&classes, word))?,
        Counter::derive::<Sentences>(&symbols(&classes, sentence))?,
        Counter::derive::<Graphemes>(&symbols(&classes, grapheme))?,
    ];
    let bytes: Vec<[u8; 3]> = classes
        .properties
        .iter()
        .map(|of| [words::byte(of), sentences::byte(of), graphemes::byte(of)])
        .collect();
    check_bytes(&classes, &counters, &bytes)?;
    check_white_space(ucd, &classes)?;
    check_uniform(&classes, &bytes)?;
    let (joint, numbers) = joint_classes(&bytes)?;
    let numbers: Vec<u8> = classes.numbers.iter().map(|class| numbers[usize::from(*class)]).collect();
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
    for (which, (name, doc)) in names.iter().zip([words::DOC, sentences::DOC, graphemes::DOC]).enumerate() {
        source.page(doc, &format!("{name}_BYTES"), &joint.map(|bytes| bytes[which]));
    }
    source.table(
        "For each class of characters (`text/unicode`) its columns: for words, for sentences << 8, for clusters << 16; \
         and 1 << 24 for white space.",
        "COLUMNS",
        "u32",
        &columns(&classes, &counters)?,
    );
    for (name, counter) in names.iter().zip(&counters) {
        counter.write(&mut source, name)?;
    }
    Ok(source)
}

/// For each class its columns, and what else the scalar counters ask.
fn columns(classes: &Classes, counters: &[Counter; 3]) -> Result<Vec<u32>> {
    let mut entries = Vec::new();
    for (class, of) in classes.properties.iter().enumerate() {
        let mut entry = [0; 4];
        for (column, counter) in entry.iter_mut().zip(counters) {
            *column = u8::try_from(counter.column(class))?;
        }
        entry[3] = u8::from(sentences::is_white_space(of));
        entries.push(u32::from_le_bytes(entry));
    }
    entries.resize(256, 0);
    Ok(entries)
}

/// The different triples of class bytes, class 0 first, and for each of `bytes` what stands for it in the pages.
fn joint_classes(bytes: &[[u8; 3]]) -> Result<([[u8; 3]; PAGE], Vec<u8>)> {
    let mut joint = vec![[0; 3]];
    let mut numbers = Vec::with_capacity(bytes.len());
    for bytes in bytes {
        let known = joint.iter().position(|class| class == bytes).unwrap_or_else(|| {
            joint.push(*bytes);
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

/// Characters with one class byte are the same to the automata, but for quotes and line ends of ASCII, for which the
/// kernels look themselves.
fn check_bytes(classes: &Classes, counters: &[Counter; 3], bytes: &[[u8; 3]]) -> Result<()> {
    for (which, counter) in counters.iter().enumerate() {
        let mut columns = HashMap::new();
        for (c, class) in classes.numbers.iter().enumerate() {
            let looked_for = c < 0x80 && b"\"'\r\n".contains(&(c as u8));
            let class = usize::from(*class);
            let column = counter.column(class);
            let known =
                if looked_for { column } else { *columns.entry(bytes[class][which]).or_insert(column) };
            ensure!(known == column, "U+{c:04X} has properties that its byte cannot hold");
        }
    }
    // A kernel that sees a sentence go on behind a full stop has the count back that the lower case letter made.
    let lower = |of: &&Properties| of.sentence == super::sentences::Class::Lower;
    ensure!(classes.properties.iter().filter(lower).all(|of| of.alphanumeric), "lower case, and no letter");
    Ok(())
}

/// White space is told by the classes of sentences.
fn check_white_space(ucd: &Ucd, classes: &Classes) -> Result<()> {
    for (c, class) in classes.numbers.iter().enumerate() {
        let space = sentences::is_white_space(&classes.properties[usize::from(*class)]);
        ensure!(space == ucd.white_space[c], "U+{c:04X} is a space or none");
    }
    Ok(())
}

/// Ideographs and Hangul syllables are told by their bytes; the kernels write these classes down.
fn check_uniform(classes: &Classes, bytes: &[[u8; 3]]) -> Result<()> {
    for c in (0x4E00_usize..=0x9FFF).chain(0xAC00..=0xD7A3) {
        let expected = if c < 0xAC00 {
            [words::IDEOGRAPH, sentences::OTHER_LETTER, 0]
        } else {
            let open = (c - 0xAC00).is_multiple_of(28);
            [words::LETTER, sentences::OTHER_LETTER, if open { graphemes::LV } else { graphemes::LVT }]
        };
        let found = bytes[usize::from(classes.numbers[c])];
        ensure!(found == expected, "U+{c:04X} is not like its neighbours");
    }
    Ok(())
}
