//! Finding a word whatever its case and its diacritics.

use memchr::memmem;
use regex::RegexBuilder;
use text_document_search::matching::{MatchOptions, find_all};
use writemagic::text::dispatch::Path;
use writemagic::text::find::{Options, Pattern};

use super::contest::Contender;

/// A word that is looked for in a corpus.
pub(super) struct Needle {
    pub(super) corpus: &'static str,
    pub(super) word: &'static str,
    /// How often it stands there.
    pub(super) frequency: &'static str,
}

pub(super) const NEEDLES: [Needle; 17] = [
    needle("en", "with", "frequent"),
    needle("en", "carriage", "rare"),
    needle("en", "photosynthesis", "absent"),
    needle("de", "nicht", "frequent"),
    needle("de", "strasse", "rare"),
    needle("de", "zahnradbahnhof", "absent"),
    needle("fr", "etait", "frequent"),
    needle("fr", "fenetre", "rare"),
    needle("fr", "hydroelectrique", "absent"),
    needle("ru", "когда", "frequent"),
    needle("ru", "елка", "rare"),
    needle("ru", "фотосинтез", "absent"),
    needle("ar", "المريخ", "frequent"),
    needle("hi", "मंगल", "frequent"),
    needle("zh", "火星", "frequent"),
    needle("ja", "それ", "frequent"),
    needle("ko", "화성", "frequent"),
];

const fn needle(corpus: &'static str, word: &'static str, frequency: &'static str) -> Needle {
    Needle { corpus, word, frequency }
}

/// The engine on every path, then the peers. Compiling the pattern is in the time of each.
pub(super) fn contenders(word: &'static str) -> Vec<Contender<'static>> {
    let ours = Path::available().map(|path| {
        Contender::on(path, move |text| {
            Pattern::new(word, Options::default()).map_or(0, |pattern| pattern.matches(text).count() as u64)
        })
    });
    let mut contenders: Vec<Contender<'static>> = ours.collect();
    contenders.push(Contender::new("text-document-search", move |text| {
        find_all(text, word, &MatchOptions::default()).len() as u64
    }));
    contenders.push(Contender::new("secular, then memmem", move |text| {
        let folded = secular::normalized_lower_lay_string(text);
        let word = secular::normalized_lower_lay_string(word);
        memmem::find_iter(folded.as_bytes(), word.as_bytes()).count() as u64
    }));
    contenders.push(Contender::new("regex, case only", move |text| {
        let regex = RegexBuilder::new(&regex::escape(word)).case_insensitive(true).build();
        regex.map_or(0, |regex| regex.find_iter(text).count()) as u64
    }));
    contenders
}
