//! Templates: what a model is told for each task.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use writemagic_shared::limits::TEMPLATE_SET_BYTES;

use super::Error;

/// The version of the format of template sets.
const FORMAT: u64 = 1;

/// What a writer can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskKind {
    /// Go on where the text ends.
    Continue,
    /// Say the same in other words.
    Rewrite,
    /// Say it in few words.
    Summarise,
    /// A list of what happens.
    Outline,
    /// What an editor would say.
    Critique,
    /// Answer a question from the texts.
    Ask,
    /// Say it in another language.
    Translate,
}

impl TaskKind {
    /// All tasks.
    pub const ALL: [Self; 7] = [
        Self::Continue,
        Self::Rewrite,
        Self::Summarise,
        Self::Outline,
        Self::Critique,
        Self::Ask,
        Self::Translate,
    ];

    /// The stable snake_case word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Rewrite => "rewrite",
            Self::Summarise => "summarise",
            Self::Outline => "outline",
            Self::Critique => "critique",
            Self::Ask => "ask",
            Self::Translate => "translate",
        }
    }
}

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerUse {
    /// It would stand in the place of the passage: a proposal.
    Replace,
    /// It would stand behind it: a proposal.
    Append,
    /// It is for reading.
    Text,
}

/// How much of the text a prompt must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextRule {
    /// All, or there is no prompt.
    All,
    /// Its end, from a paragraph or a sentence on, when all does not fit.
    End,
}

/// The longest answer of a task, in tokens: a share of the text's, and some more, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputRule {
    /// Percent of the text's tokens.
    pub percent: u64,
    /// Tokens beside that.
    pub plus: u64,
    /// No fewer than this.
    pub least: u64,
    /// No more than this.
    pub most: u64,
}

impl OutputRule {
    /// The longest answer for a text of so many tokens.
    pub fn tokens(&self, text: u64) -> u64 {
        let share = text.saturating_mul(self.percent) / 100;
        share.saturating_add(self.plus).clamp(self.least, self.most)
    }
}

/// The template of one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) user: String,
    pub(super) answer: AnswerUse,
    pub(super) text: TextRule,
    pub(super) output: OutputRule,
}

/// A template for each task, and what every task says first.
///
/// As data it is JSON of the form of the engine's own, `templates.json` beside this module. In texts `{name}` stands for
/// what the task brings: in `system` `mark` (the tag of quoted text; it must occur) and `language`; in `user` `text` (once),
/// `context` (once, before the text, so that what seldom changes stands first), and as wanted `words`, `target` and
/// `instruction`. There is no other `{` or `}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSet {
    version: u64,
    pub(super) system: String,
    pub(super) tasks: BTreeMap<TaskKind, Template>,
}

impl TemplateSet {
    /// Reads and checks a set.
    ///
    /// # Errors
    /// [`Error::TemplatesInvalid`]; [`Error::LimitExceeded`] over [`TEMPLATE_SET_BYTES`].
    pub fn parse(json: &str) -> Result<Self, Error> {
        let (what, value) = ("template_set_bytes", json.len() as u64);
        if value > TEMPLATE_SET_BYTES {
            return Err(Error::LimitExceeded { what, value, limit: TEMPLATE_SET_BYTES });
        }
        let set: Self = serde_json::from_str(json)
            .map_err(|_| Error::TemplatesInvalid { reason: "not JSON of the form of a template set" })?;
        set.check()?;
        Ok(set)
    }

    /// The engine's own.
    ///
    /// # Errors
    /// None: they are checked by a test.
    pub fn built_in() -> Result<Self, Error> {
        Self::parse(include_str!("templates.json"))
    }

    fn check(&self) -> Result<(), Error> {
        let invalid = |reason| Err(Error::TemplatesInvalid { reason });
        if self.version != FORMAT {
            return invalid("of another version");
        }
        if TaskKind::ALL.iter().any(|kind| !self.tasks.contains_key(kind)) {
            return invalid("a task has no template");
        }
        let system = names(&self.system)?;
        if !system.contains(&"mark") {
            return invalid("the system text does not name the mark");
        }
        if system.iter().any(|name| !["mark", "language"].contains(name)) {
            return invalid("an unknown name in the system text");
        }
        for template in self.tasks.values() {
            let user = names(&template.user)?;
            let known = ["text", "context", "words", "target", "instruction"];
            if user.iter().any(|name| !known.contains(name)) {
                return invalid("an unknown name in a task");
            }
            let once = |wanted: &str| user.iter().filter(|name| **name == wanted).count() == 1;
            let place = |wanted: &str| user.iter().position(|name| *name == wanted);
            if !once("text") || !once("context") || place("context") > place("text") {
                return invalid("a task needs context and then text, each once");
            }
            let output = &template.output;
            if output.least == 0 || output.least > output.most || output.percent > 1_000 {
                return invalid("an output rule is out of bounds");
            }
        }
        Ok(())
    }
}

/// The names in a template, in order.
fn names(template: &str) -> Result<Vec<&str>, Error> {
    let mut names = Vec::new();
    for piece in pieces(template) {
        if let Piece::Name(name) = piece? {
            names.push(name);
        }
    }
    Ok(names)
}

enum Piece<'t> {
    Plain(&'t str),
    Name(&'t str),
}

/// A template in its pieces.
fn pieces(template: &str) -> impl Iterator<Item = Result<Piece<'_>, Error>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let invalid = Some(Err(Error::TemplatesInvalid { reason: "a brace without its partner" }));
        let plain = rest.find(['{', '}']).unwrap_or(rest.len());
        if plain > 0 {
            let (text, after) = rest.split_at(plain);
            rest = after;
            return Some(Ok(Piece::Plain(text)));
        }
        let inside = rest.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((name, after)) = inside.filter(|(name, _)| !name.contains('{')) else {
            rest = "";
            return invalid;
        };
        rest = after;
        Some(Ok(Piece::Name(name)))
    })
}

/// The template with its names replaced, in one pass: what is put in is not looked at again.
pub(super) fn fill(template: &str, value: impl Fn(&str) -> String) -> Result<String, Error> {
    let mut out = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece? {
            Piece::Plain(text) => out += text,
            Piece::Name(name) => out += &value(name),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_own_templates_are_valid_and_survive_json() {
        let set = TemplateSet::built_in().unwrap();
        assert_eq!(TemplateSet::parse(&serde_json::to_string(&set).unwrap()).unwrap(), set);
        for kind in TaskKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.name()));
        }
    }

    #[test]
    fn sets_that_would_make_bad_prompts_are_refused() {
        let good = include_str!("templates.json");
        for (from, to) in [
            ("\"version\": 1", "\"version\": 2"),
            ("<{mark}> and </{mark}>", "<x> and </x>"),
            ("{language}", "{tongue}"),
            ("{words}", "{word count}"),
            ("{context}The passage:\\n{text}", "{text}{context}"),
            ("{context}The passage:\\n{text}", "{context}{text}{text}"),
            ("{context}The passage:\\n{text}", "{context}{te{xt}}"),
            ("{context}The passage:\\n{text}", "{context}{text}}"),
            ("\"critique\"", "\"criticise\""),
            ("\"least\": 512", "\"least\": 9000"),
            ("\"least\": 512", "\"least\": 0"),
            ("\"percent\": 250", "\"percent\": 1001"),
            ("\"text\": \"end\"", "\"text\": \"end\", \"more\": 1"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            assert!(matches!(TemplateSet::parse(&bad), Err(Error::TemplatesInvalid { .. })), "{to}");
        }
    }

    #[test]
    fn a_set_has_a_limit() {
        let pad = |bytes: usize| {
            let json = include_str!("templates.json");
            format!("{json}{}", " ".repeat(bytes - json.len()))
        };
        let limit = TEMPLATE_SET_BYTES as usize;
        assert!(TemplateSet::parse(&pad(limit)).is_ok());
        assert!(matches!(TemplateSet::parse(&pad(limit + 1)), Err(Error::LimitExceeded { .. })));
    }

    #[test]
    fn what_is_put_in_is_not_a_template() {
        let filled = fill("a {x} b", |_| "{x} }".to_owned()).unwrap();
        assert_eq!(filled, "a {x} } b");
    }

    #[test]
    fn the_longest_answer_follows_the_text_within_bounds() {
        let rule = OutputRule { percent: 160, plus: 100, least: 256, most: 1_000 };
        assert_eq!([0, 200, 10_000].map(|text| rule.tokens(text)), [256, 420, 1_000]);
    }
}
