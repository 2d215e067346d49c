//! How many tokens a text is, without any model's tokenizer.
//!
//! [`tokens`] adds up a fixed share of a token for each character, by the class of script that it belongs to. The shares
//! were measured with the two tokenizers that are public, `o200k_base` and `cl100k_base`, over 3 million characters: novels in
//! English, German, French and Russian, one encyclopedia article in eleven languages, and invented prose in nine scripts.
//! Each is about the mean of both. On the novels the estimate is within 35 % of either tokenizer; between the two lies a
//! factor of up to 3 in Hindi, Hebrew and Arabic. So it is corrected:
//!
//! [`TokenRatios`] learns for each model, from what is reported after each call, by how much the estimate was off.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use writemagic_shared::limits::TOKEN_RATIOS;
use writemagic_shared::text::script::is_scalar_script;

/// Millionths of a token for each kind of ASCII character: letters, digits, punctuation, white space and controls.
const ASCII: [u64; 4] = [285_000, 760_000, 680_000, 90_000];

/// The share of a token that a character takes, in millionths.
fn share(character: char) -> u64 {
    match character {
        'a'..='z' | 'A'..='Z' => ASCII[0],
        '0'..='9' => ASCII[1],
        '!'..='~' => ASCII[2],
        '\0'..='\u{A0}' => ASCII[3],
        // Latin letters with diacritics.
        '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => 610_000,
        // Marks stand alone in a token where a letter is decomposed.
        '\u{300}'..='\u{36F}' => 1_050_000,
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => 860_000,
        '\u{400}'..='\u{52F}' => 460_000,
        '\u{590}'..='\u{5FF}' => 830_000,
        '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' => 620_000,
        '\u{900}'..='\u{97F}' => 820_000,
        '\u{980}'..='\u{DFF}' => 1_200_000,
        '\u{E00}'..='\u{E7F}' => 710_000,
        '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}' => 1_080_000,
        '\u{2000}'..='\u{206F}' => 970_000,
        '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF65}' => 930_000,
        '\u{3040}'..='\u{30FF}' => 1_020_000,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => 1_270_000,
        '\u{1F000}'..='\u{1FAFF}' => 2_520_000,
        // Symbols, and other small scripts below the emoji: one token and more. Rare ideographs, Lao, Khmer and Burmese
        // are spelled in bytes by most tokenizers.
        _ if is_scalar_script(character) => 1_900_000,
        '\u{A1}'..='\u{BF}' | '\u{2070}'..='\u{2BFF}' => 1_050_000,
        _ => 1_860_000,
    }
}

/// About how many tokens `text` is for a model of which nothing is known; rounded up. One pass.
pub fn tokens(text: &str) -> u64 {
    let shares = text.chars().fold(0_u64, |sum, character| sum.saturating_add(share(character)));
    shares.div_ceil(1_000_000)
}

/// Tokens that the first estimate counts for beside what is learned: one short call does not turn it.
const PRIOR: u64 = 1_000;
/// Tokens after which what was learned before counts half.
const MEMORY: u64 = 200_000;
/// The bounds of a ratio in thousandths: a report further off than that is not about the text.
const BOUNDS: (u64, u64) = (333, 3_000);

/// What was learned of one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Learned {
    model: String,
    estimated: u64,
    reported: u64,
}

impl Learned {
    fn per_mille(&self) -> u64 {
        let (reported, estimated) =
            (self.reported.saturating_add(PRIOR), self.estimated.saturating_add(PRIOR));
        (reported.saturating_mul(1_000) / estimated.max(1)).clamp(BOUNDS.0, BOUNDS.1)
    }
}

/// By how much estimates are off, model by model: at most [`TOKEN_RATIOS`] of them, the one that was not learned about for
/// longest is forgotten. It can be kept as it serialises; what is read is held to the same bounds when it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenRatios {
    /// The one that was learned about last stands last.
    models: VecDeque<Learned>,
}

impl TokenRatios {
    /// About how many tokens `text` is for this model.
    pub fn tokens(&self, model: &str, text: &str) -> u64 {
        self.corrected(model, tokens(text))
    }

    /// An estimate of [`tokens`], corrected for this model; rounded up.
    pub fn corrected(&self, model: &str, estimated: u64) -> u64 {
        estimated.saturating_mul(self.per_mille(model)).div_ceil(1_000)
    }

    /// The ratio of this model in thousandths, 333 to 3,000; 1,000 where nothing was learned.
    pub fn per_mille(&self, model: &str) -> u64 {
        self.models.iter().find(|learned| learned.model == model).map_or(1_000, Learned::per_mille)
    }

    /// Learns from a call: `estimated` by [`tokens`] for all of its prompt, uncorrected, and what the provider reported for
    /// it. Calls without a report, or estimated ones, are not for this. Recent calls count more than older ones.
    pub fn learn(&mut self, model: &str, estimated: u64, reported: u64) {
        if estimated == 0 || reported == 0 {
            return;
        }
        let known = self.models.iter().position(|learned| learned.model == model);
        let mut learned = known.and_then(|at| self.models.remove(at)).unwrap_or_else(|| Learned {
            model: model.to_owned(),
            estimated: 0,
            reported: 0,
        });
        // One call has at most the weight of all that is remembered.
        let estimate = estimated.min(MEMORY);
        let scaled = u128::from(reported) * u128::from(estimate) / u128::from(estimated);
        learned.estimated = learned.estimated.min(2 * MEMORY) + estimate;
        learned.reported = learned
            .reported
            .min(2 * MEMORY * BOUNDS.1 / 1_000)
            .saturating_add(u64::try_from(scaled).unwrap_or(u64::MAX).min(estimate * BOUNDS.1 / 1_000));
        while learned.estimated > MEMORY {
            learned.estimated /= 2;
            learned.reported /= 2;
        }
        self.models.push_back(learned);
        while self.models.len() as u64 > TOKEN_RATIOS {
            self.models.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts, and their tokens by `o200k_base` and `cl100k_base`.
    const COUNTED: &[(&str, u64, u64)] = &[
        ("It was a bright cold day in April, and the clocks were striking thirteen.", 16, 16),
        (
            "Als Gregor Samsa eines Morgens aus unruhigen Träumen erwachte, fand er sich in seinem Bett zu einem ungeheueren Ungeziefer verwandelt.",
            35,
            41,
        ),
        (
            "Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes yeux se fermaient si vite.",
            33,
            35,
        ),
        (
            "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un hidalgo.",
            26,
            30,
        ),
        (
            "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.",
            25,
            49,
        ),
        ("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。", 32, 39),
        ("滿紙荒唐言，一把辛酸淚！都云作者癡，誰解其中味？", 23, 35),
        ("동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세.", 26, 37),
        (
            "बड\u{93c}\u{947} शहरो\u{902} क\u{947} इक\u{94d}क\u{947}-गाड\u{93c}ीवालो\u{902} की ज\u{93c}बान क\u{947} कोड\u{93c}ो\u{902} स\u{947} जिनकी पीठ छिल गई ह\u{948}।",
            30,
            80,
        ),
        ("كان يا ما كان في قديم الزمان ملك عظيم يحكم بلادا واسعة.", 18, 36),
        ("בראשית ברא אלהים את השמים ואת הארץ והארץ היתה תהו ובהו.", 21, 51),
        ("Την εποχή εκείνη ζούσε σε ένα μικρό νησί ένας γέρος ψαράς.", 25, 54),
        (
            "กาลคร\u{e31}\u{e49}งหน\u{e36}\u{e48}งนานมาแล\u{e49}ว ม\u{e35}พระราชาองค\u{e4c}หน\u{e36}\u{e48}งปกครองเม\u{e37}องใหญ\u{e48}",
            20,
            58,
        ),
        ("😀 🎉 👍 🚀", 6, 10),
    ];

    #[test]
    fn estimates_lie_between_what_two_tokenizers_count_or_near_it() {
        for (text, new, old) in COUNTED {
            let (least, most) = (new.min(old) * 70 / 100, new.max(old) * 130 / 100);
            let estimate = tokens(text);
            assert!((least..=most).contains(&estimate), "{estimate} not in {least}..={most}: {text}");
        }
        assert_eq!(tokens(""), 0);
    }

    #[test]
    fn reports_turn_the_estimate_of_their_model_only() {
        let mut ratios = TokenRatios::default();
        for _ in 0..20 {
            ratios.learn("dense", 10_000, 15_000);
        }
        assert!((1_480..=1_500).contains(&ratios.per_mille("dense")), "{}", ratios.per_mille("dense"));
        assert_eq!(ratios.per_mille("other"), 1_000);
        assert_eq!(ratios.corrected("other", 77), 77);
        for _ in 0..60 {
            ratios.learn("dense", 10_000, 8_000);
        }
        assert!((795..=830).contains(&ratios.per_mille("dense")), "{}", ratios.per_mille("dense"));
    }

    #[test]
    fn one_short_call_turns_little_and_no_report_turns_beyond_the_bounds() {
        let mut ratios = TokenRatios::default();
        ratios.learn("m", 10, 30);
        assert!((1_000..1_030).contains(&ratios.per_mille("m")));
        ratios.learn("m", 0, 5);
        ratios.learn("m", 5, 0);
        for _ in 0..50 {
            ratios.learn("m", 100_000, u64::MAX);
        }
        assert!((2_900..=3_000).contains(&ratios.per_mille("m")));
        for _ in 0..50 {
            ratios.learn("m", u64::MAX, 1);
        }
        assert!((333..340).contains(&ratios.per_mille("m")));
        assert_eq!(ratios.corrected("m", u64::MAX), u64::MAX.div_ceil(1_000));
    }

    #[test]
    fn so_many_models_are_remembered_and_the_oldest_goes() {
        let mut ratios = TokenRatios::default();
        for model in 0..=TOKEN_RATIOS {
            ratios.learn(&model.to_string(), 1_000_000, 2_000_000);
        }
        assert_eq!(ratios.models.len() as u64, TOKEN_RATIOS);
        assert_eq!((ratios.per_mille("0"), ratios.per_mille("1") > 1_900), (1_000, true));
    }

    #[test]
    fn what_was_learned_survives_and_absurd_numbers_do_no_harm() {
        let mut ratios = TokenRatios::default();
        ratios.learn("m", 50_000, 70_000);
        let kept = serde_json::to_string(&ratios).unwrap();
        assert_eq!(serde_json::from_str::<TokenRatios>(&kept).unwrap(), ratios);
        let absurd = r#"[{"model":"m","estimated":18446744073709551615,"reported":18446744073709551615}]"#;
        let mut ratios: TokenRatios = serde_json::from_str(absurd).unwrap();
        ratios.learn("m", u64::MAX, u64::MAX);
        assert!((333..=3_000).contains(&ratios.per_mille("m")));
    }
}
