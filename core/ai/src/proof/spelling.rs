//! Words that have two spellings, of which a text keeps to one.

use std::collections::HashMap;
use std::ops::Range;

use super::{Found, Language, Paragraph, Profile, Rule};

/// English stems in British and American spelling; with each of [`ENGLISH_ENDINGS`] they are words.
const ENGLISH_STEMS: &[(&str, &str)] = &[
    ("colour", "color"),
    ("favour", "favor"),
    ("honour", "honor"),
    ("labour", "labor"),
    ("neighbour", "neighbor"),
    ("behaviour", "behavior"),
    ("humour", "humor"),
    ("rumour", "rumor"),
    ("flavour", "flavor"),
    ("harbour", "harbor"),
    ("parlour", "parlor"),
    ("vapour", "vapor"),
    ("odour", "odor"),
    ("armour", "armor"),
    ("splendour", "splendor"),
    ("endeavour", "endeavor"),
    ("saviour", "savior"),
    ("vigour", "vigor"),
    ("ardour", "ardor"),
    ("clamour", "clamor"),
    ("realis", "realiz"),
    ("organis", "organiz"),
    ("recognis", "recogniz"),
    ("apologis", "apologiz"),
    ("civilis", "civiliz"),
    ("criticis", "criticiz"),
    ("sympathis", "sympathiz"),
    ("analys", "analyz"),
    ("travell", "travel"),
    ("cancell", "cancel"),
    ("labell", "label"),
    ("quarrell", "quarrel"),
    ("marvell", "marvel"),
    ("mould", "mold"),
    ("smoulder", "smolder"),
    ("plough", "plow"),
];
/// Endings of both forms of a stem; one is a word only if it does not end the stem alone, where a stem is none.
const ENGLISH_ENDINGS: &[&str] = &[
    "", "s", "e", "es", "ed", "er", "ers", "ing", "able", "ful", "less", "ation", "ations", "ly", "y", "ist",
    "ists",
];
/// Forms that are words in both spellings, or in another sense.
const ENGLISH_NOT: &[&str] = &[
    "travel",
    "travels",
    "cancel",
    "cancels",
    "label",
    "labels",
    "quarrel",
    "quarrels",
    "marvel",
    "marvels",
    "realist",
    "realists",
    "organist",
    "organists",
    "analyst",
    "analysts",
    "analysis",
    "mouldy",
    "moldy",
    "colourer",
    "criticism",
    "realism",
    "laborers",
    "analys",
    "realis",
    "organis",
    "molder",
    "moulder",
];
const ENGLISH: &[(&str, &str)] = &[
    ("grey", "gray"),
    ("theatre", "theater"),
    ("theatres", "theaters"),
    ("defence", "defense"),
    ("offence", "offense"),
    ("pretence", "pretense"),
    ("sceptical", "skeptical"),
    ("sceptic", "skeptic"),
    ("catalogue", "catalog"),
    ("judgement", "judgment"),
    ("ageing", "aging"),
    ("cosy", "cozy"),
    ("moustache", "mustache"),
    ("pyjamas", "pajamas"),
    ("jewellery", "jewelry"),
    ("aluminium", "aluminum"),
    ("towards", "toward"),
    ("afterwards", "afterward"),
    ("centre", "center"),
    ("centres", "centers"),
    ("sombre", "somber"),
    ("lustre", "luster"),
    ("fibre", "fiber"),
    ("fibres", "fibers"),
    ("e-mail", "email"),
    ("sulphur", "sulfur"),
    ("woollen", "woolen"),
    ("skilful", "skillful"),
    ("wilful", "willful"),
    ("fulfil", "fulfill"),
];
const GERMAN: &[(&str, &str)] = &[
    ("dass", "daß"),
    ("muss", "muß"),
    ("musst", "mußt"),
    ("musste", "mußte"),
    ("mussten", "mußten"),
    ("müsste", "müßte"),
    ("lässt", "läßt"),
    ("fluss", "fluß"),
    ("schloss", "schloß"),
    ("kuss", "kuß"),
    ("bewusst", "bewußt"),
    ("bewusstsein", "bewußtsein"),
    ("wusste", "wußte"),
    ("wussten", "wußten"),
    ("gewiss", "gewiß"),
    ("fasste", "faßte"),
    ("fasst", "faßt"),
    ("isst", "ißt"),
    ("prozess", "prozeß"),
    ("entschluss", "entschluß"),
    ("ließ", "liess"),
    ("groß", "gross"),
    ("weiß", "weiss"),
    ("straße", "strasse"),
    ("heißt", "heisst"),
    ("außer", "ausser"),
    ("bloß", "bloss"),
    ("potenzial", "potential"),
    ("delfin", "delphin"),
    ("fotografie", "photographie"),
    ("fotograf", "photograph"),
    ("telefon", "telephon"),
    ("aufwändig", "aufwendig"),
    ("selbstständig", "selbständig"),
    ("grafik", "graphik"),
    ("mikrofon", "mikrophon"),
    ("joghurt", "jogurt"),
    ("portemonnaie", "portmonee"),
    ("platzieren", "plazieren"),
    ("nummerieren", "numerieren"),
    ("tun", "thun"),
    ("tür", "thür"),
    ("teil", "theil"),
    ("gibt", "giebt"),
];
const FRENCH: &[(&str, &str)] = &[
    ("clef", "clé"),
    ("clefs", "clés"),
    ("événement", "évènement"),
    ("événements", "évènements"),
    ("connaître", "connaitre"),
    ("paraître", "paraitre"),
    ("disparaître", "disparaitre"),
    ("naître", "naitre"),
    ("connaît", "connait"),
    ("paraît", "parait"),
    ("maître", "maitre"),
    ("maîtresse", "maitresse"),
    ("août", "aout"),
    ("goût", "gout"),
    ("coût", "cout"),
    ("boîte", "boite"),
    ("île", "ile"),
    ("îles", "iles"),
    ("oignon", "ognon"),
    ("plaît", "plait"),
    ("chaîne", "chaine"),
    ("chaînes", "chaines"),
    ("fraîche", "fraiche"),
    ("brûler", "bruler"),
    ("brûlait", "brulait"),
    ("sûrement", "surement"),
    ("dîner", "diner"),
    ("cuiller", "cuillère"),
    ("week-end", "weekend"),
    ("piqûre", "piqure"),
    ("poète", "poëte"),
    ("poètes", "poëtes"),
    ("siège", "siége"),
    ("collège", "collége"),
    ("très-bien", "très bien"),
    ("réglementaire", "règlementaire"),
    ("traîner", "trainer"),
    ("entraîner", "entrainer"),
    ("voûte", "voute"),
    ("croûte", "croute"),
    ("bûche", "buche"),
    ("flûte", "flute"),
];
const SPANISH: &[(&str, &str)] = &[
    ("solo", "sólo"),
    ("guion", "guión"),
    ("truhan", "truhán"),
    ("psicología", "sicología"),
    ("psicólogo", "sicólogo"),
    ("septiembre", "setiembre"),
    ("video", "vídeo"),
    ("fútbol", "futbol"),
    ("período", "periodo"),
    ("períodos", "periodos"),
    ("cardíaco", "cardiaco"),
    ("quizá", "quizás"),
    ("oscuro", "obscuro"),
    ("oscura", "obscura"),
    ("oscuridad", "obscuridad"),
    ("sustancia", "substancia"),
    ("transporte", "trasporte"),
    ("posguerra", "postguerra"),
    ("méxico", "méjico"),
    ("icono", "ícono"),
    ("chófer", "chofer"),
    ("remplazar", "reemplazar"),
    ("remplazo", "reemplazo"),
    ("armonía", "harmonía"),
    ("sétimo", "séptimo"),
    ("policíaco", "policiaco"),
    ("océano", "oceano"),
    ("zinc", "cinc"),
    ("kiosco", "quiosco"),
];
/// Russian words whose `ё` makes no other word of them.
const RUSSIAN: &[(&str, &str)] = &[
    ("ещё", "еще"),
    ("её", "ее"),
    ("моё", "мое"),
    ("твоё", "твое"),
    ("своё", "свое"),
    ("идёт", "идет"),
    ("идём", "идем"),
    ("пойдём", "пойдем"),
    ("пойдёт", "пойдет"),
    ("придёт", "придет"),
    ("живёт", "живет"),
    ("даёт", "дает"),
    ("поёт", "поет"),
    ("зелёный", "зеленый"),
    ("зелёные", "зеленые"),
    ("чёрный", "черный"),
    ("чёрные", "черные"),
    ("чёрная", "черная"),
    ("жёлтый", "желтый"),
    ("тёплый", "теплый"),
    ("тёмный", "темный"),
    ("весёлый", "веселый"),
    ("тяжёлый", "тяжелый"),
    ("далёкий", "далекий"),
    ("пришёл", "пришел"),
    ("нашёл", "нашел"),
    ("ушёл", "ушел"),
    ("вошёл", "вошел"),
    ("подошёл", "подошел"),
    ("пошёл", "пошел"),
    ("шёл", "шел"),
    ("лёд", "лед"),
    ("мёд", "мед"),
    ("причём", "причем"),
    ("ребёнок", "ребенок"),
    ("самолёт", "самолет"),
    ("полёт", "полет"),
    ("щёки", "щеки"),
    ("слёзы", "слезы"),
    ("звёзды", "звезды"),
    ("матрас", "матрац"),
    ("ноль", "нуль"),
    ("тоннель", "туннель"),
    ("галоши", "калоши"),
    ("вдвоём", "вдвоем"),
];

/// The pairs of a language, by word.
#[derive(Clone, Debug)]
pub(super) struct Spellings {
    /// Lower case: the number of the pair, and whether this is its second spelling.
    words: HashMap<String, (u16, bool)>,
    /// Both spellings of each pair.
    pairs: Vec<[String; 2]>,
}

impl Spellings {
    pub(super) fn of(language: Language) -> Self {
        let mut spellings = Self { words: HashMap::new(), pairs: Vec::new() };
        let (stems, pairs) = match language {
            Language::English => (ENGLISH_STEMS, ENGLISH),
            Language::German => (&[][..], GERMAN),
            Language::French => (&[][..], FRENCH),
            Language::Spanish => (&[][..], SPANISH),
            Language::Russian => (&[][..], RUSSIAN),
            Language::Other => (&[][..], &[][..]),
        };
        // All forms of a stem are one pair: a text that has `colour` has `colored` by a slip.
        for (first, second) in stems {
            let pair = spellings.pair(first, second);
            for ending in ENGLISH_ENDINGS {
                // `realis` is no word.
                let whole = [first, second].map(|stem| format!("{stem}{ending}"));
                if ending.is_empty() && first.ends_with('s') {
                    continue;
                }
                if whole.iter().any(|word| ENGLISH_NOT.contains(&word.as_str())) {
                    continue;
                }
                for (second, word) in [false, true].into_iter().zip(whole) {
                    spellings.words.insert(word, (pair, second));
                }
            }
        }
        for (first, second) in pairs {
            let pair = spellings.pair(first, second);
            spellings.words.insert((*first).to_owned(), (pair, false));
            spellings.words.insert((*second).to_owned(), (pair, true));
        }
        spellings
    }

    fn pair(&mut self, first: &str, second: &str) -> u16 {
        self.pairs.push([first.to_owned(), second.to_owned()]);
        u16::try_from(self.pairs.len() - 1).unwrap_or(u16::MAX)
    }

    /// The words of a paragraph that have two spellings: the pair, whether it is the second one, and where.
    pub(super) fn occurrences<'a>(
        &'a self,
        paragraph: &'a Paragraph<'_>,
    ) -> impl Iterator<Item = (u16, bool, Range<usize>)> + 'a {
        let words = if self.words.is_empty() { &[][..] } else { paragraph.words.as_slice() };
        words.iter().filter_map(|word| {
            let (pair, second) = self.words.get(&paragraph.get(word.range.clone()).to_lowercase())?;
            Some((*pair, *second, word.range.clone()))
        })
    }

    pub(super) fn check(&self, paragraph: &Paragraph<'_>, profile: &Profile, found: &mut Vec<Found>) {
        for (pair, second, range) in self.occurrences(paragraph) {
            let [first_count, second_count] = profile.spelling(pair);
            let is_slip = if second { second_count <= first_count } else { first_count < second_count };
            if first_count > 0 && second_count > 0 && is_slip {
                let suggestion = self.other(pair, second, paragraph.get(range.clone()));
                found.push(Found { rule: Rule::MixedSpelling, range, suggestion });
            }
        }
    }

    /// A word in the other spelling of its pair, its capital and its ending kept.
    fn other(&self, pair: u16, second: bool, word: &str) -> Option<String> {
        let [first, other] = self.pairs.get(usize::from(pair))?;
        let (from, to) = if second { (other, first) } else { (first, other) };
        let lower = word.to_lowercase();
        let turned = to.to_owned() + lower.strip_prefix(from.as_str())?;
        if word == lower {
            return Some(turned);
        }
        if word == word.to_uppercase() {
            return Some(turned.to_uppercase());
        }
        let mut letters = turned.chars();
        let capital = letters.next()?;
        Some(capital.to_uppercase().chain(letters).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_stands_in_two_pairs_or_is_its_own_other_spelling() {
        let languages = [Language::German, Language::French, Language::Spanish, Language::Russian];
        let tables = [GERMAN, FRENCH, SPANISH, RUSSIAN];
        for (language, table) in languages.into_iter().zip(tables) {
            assert_eq!(Spellings::of(language).words.len(), table.len() * 2, "{language:?}");
        }
        for table in [ENGLISH, GERMAN, FRENCH, SPANISH, RUSSIAN, ENGLISH_STEMS] {
            assert!(table.iter().all(|(first, second)| first != second && *first == first.to_lowercase()));
        }
        let english = Spellings::of(Language::English);
        for word in [
            "colour",
            "colored",
            "realise",
            "realized",
            "travelling",
            "traveler",
            "centre",
            "grey",
            "moulding",
        ] {
            assert!(english.words.contains_key(word), "{word}");
        }
        for word in ["travel", "realis", "analysis", "analyst", "realist"] {
            assert!(!english.words.contains_key(word), "{word}");
        }
    }
}
