//! Which script a text is written in, and which language, where its commonest words tell.

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The ISO 15924 code of the script that most letters belong to.
    pub script: &'static str,
    /// The language as BCP 47 has it, where it is clear.
    pub language: Option<&'static str>,
}

/// How much of a text is looked at, in bytes: enough to know, and the same however long it is.
const READ: usize = 16 << 10;
/// Of the words of a text, one in so many must be among the commonest of its language.
const COMMON: usize = 12;

/// The commonest short words of languages in Latin letters. A word that several of them have counts for each.
const WORDS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "the", "and", "of", "to", "was", "that", "his", "her", "he", "she", "it", "with", "is", "for",
            "had", "you",
        ],
    ),
    (
        "de",
        &[
            "der", "die", "und", "das", "nicht", "ich", "sie", "ist", "mit", "ein", "den", "zu", "es", "auf",
            "war", "dem",
        ],
    ),
    (
        "fr",
        &[
            "le", "la", "les", "et", "des", "une", "est", "pas", "que", "qui", "dans", "il", "elle", "vous",
            "je", "du",
        ],
    ),
    (
        "es",
        &[
            "el", "la", "los", "que", "y", "las", "una", "con", "por", "del", "se", "no", "su", "es", "lo",
            "como",
        ],
    ),
    (
        "it",
        &[
            "il", "che", "di", "la", "per", "non", "una", "con", "del", "della", "gli", "sono", "era", "più",
            "si", "le",
        ],
    ),
    (
        "pt",
        &[
            "que", "não", "uma", "os", "com", "para", "do", "da", "em", "se", "ele", "ela", "mais", "como",
            "as", "um",
        ],
    ),
    (
        "nl",
        &[
            "de", "het", "een", "van", "en", "niet", "dat", "is", "hij", "zijn", "met", "voor", "ze", "maar",
            "op", "ik",
        ],
    ),
];

/// What `text` looks like; `None` when it has no letters. Looks at its first 16 KiB.
///
/// Languages are told apart in Latin (English, German, French, Spanish, Italian, Portuguese, Dutch) and Cyrillic letters
/// (Russian, Ukrainian), and known from their script where that is theirs alone. A short or mixed text has a script and
/// no language.
pub fn detect(text: &str) -> Option<Detected> {
    let text = text.get(..text.floor_char_boundary(READ)).unwrap_or_default();
    let scripts = ["Latn", "Cyrl", "Grek", "Hebr", "Arab", "Deva", "Thai", "Hang", "Jpan", "Hani"];
    let mut counts = [0_usize; 10];
    for character in text.chars().filter(|character| character.is_alphabetic()) {
        let script = match character {
            '\0'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => 0,
            '\u{400}'..='\u{52F}' => 1,
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => 2,
            '\u{590}'..='\u{5FF}' => 3,
            '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' => 4,
            '\u{900}'..='\u{97F}' => 5,
            '\u{E00}'..='\u{E7F}' => 6,
            '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}' => 7,
            '\u{3040}'..='\u{30FF}' => 8,
            '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}' => 9,
            _ => continue,
        };
        counts[script] += 1;
    }
    // Japanese mixes kana with ideographs; other texts have next to no kana.
    if counts[8] * 10 > counts[9] {
        counts[8] += counts[9];
        counts[9] = 0;
    }
    let most = (0..counts.len()).rev().max_by_key(|script| counts[*script])?;
    if counts[most] == 0 {
        return None;
    }
    let language = match scripts[most] {
        "Latn" => latin(text),
        "Cyrl" => cyrillic(text),
        "Grek" => Some("el"),
        "Hebr" => Some("he"),
        "Thai" => Some("th"),
        "Hang" => Some("ko"),
        "Jpan" => Some("ja"),
        "Hani" => Some("zh"),
        _ => None,
    };
    Some(Detected { script: scripts[most], language })
}

fn latin(text: &str) -> Option<&'static str> {
    let mut counts = [0_usize; WORDS.len()];
    let mut words = 0;
    for word in text.split(|character: char| !character.is_alphabetic()).filter(|word| !word.is_empty()) {
        words += 1;
        let word = word.to_lowercase();
        for (count, (_, common)) in counts.iter_mut().zip(WORDS) {
            *count += usize::from(common.contains(&word.as_str()));
        }
    }
    let best = (0..counts.len()).rev().max_by_key(|language| counts[*language])?;
    let second = (0..counts.len()).filter(|other| *other != best).map(|other| counts[other]).max()?;
    let is_clear = counts[best] >= 2 && counts[best] * COMMON >= words && counts[best] > second + second / 4;
    is_clear.then(|| WORDS[best].0)
}

fn cyrillic(text: &str) -> Option<&'static str> {
    let count = |letters: &str| text.chars().filter(|character| letters.contains(*character)).count();
    let (ukrainian, russian) = (count("іїєґІЇЄҐ"), count("ыэъёЫЭЪЁ"));
    match (ukrainian, russian) {
        (0, 1..) => Some("ru"),
        (1.., 0) => Some("uk"),
        _ if russian > ukrainian * 10 => Some("ru"),
        _ if ukrainian > russian * 10 => Some("uk"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_their_words_letters_or_script() {
        for (text, script, language) in [
            ("She walked to the window and looked at the rain that was falling.", "Latn", Some("en")),
            ("Sie ging zum Fenster und sah, dass es nicht mehr regnete. Das war gut.", "Latn", Some("de")),
            ("Elle alla vers la fenêtre et vit que la pluie tombait dans le jardin.", "Latn", Some("fr")),
            ("Ella fue a la ventana y vio que la lluvia no caía como por la mañana.", "Latn", Some("es")),
            (
                "Ella andò alla finestra e vide che non pioveva più; era la sera del sabato.",
                "Latn",
                Some("it"),
            ),
            (
                "Ela foi até a janela e viu que não chovia mais; o dia era uma festa para ele.",
                "Latn",
                Some("pt"),
            ),
            (
                "Zij liep naar het raam en zag dat het niet meer regende, maar de lucht was grijs.",
                "Latn",
                Some("nl"),
            ),
            ("Она подошла к окну и увидела, что дождь уже кончился. Это был вечер.", "Cyrl", Some("ru")),
            ("Вона підійшла до вікна і побачила, що дощ уже скінчився.", "Cyrl", Some("uk")),
            ("吾輩は猫である。名前はまだ無い。", "Jpan", Some("ja")),
            ("滿紙荒唐言，一把辛酸淚！", "Hani", Some("zh")),
            ("동해 물과 백두산이", "Hang", Some("ko")),
            ("Μια φορά κι έναν καιρό", "Grek", Some("el")),
            ("كان يا ما كان", "Arab", None),
            ("बड़े शहरों के", "Deva", None),
            ("Okay", "Latn", None),
        ] {
            assert_eq!(detect(text), Some(Detected { script, language }), "{text}");
        }
        assert_eq!(detect("123 … 😀"), None);
    }
}
