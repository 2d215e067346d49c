//! The query language: what a person types, as terms and folders. Every text is a query; nothing is a syntax error.

use std::ops::ControlFlow;

use writemagic_shared::limits::{QUERY_BYTES, QUERY_TERMS};

use super::tokens::each_token;
use crate::error::{Error, Result};

/// Tokens that must follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Never empty.
    pub(super) tokens: Vec<String>,
    /// Whether the last token may be the beginning of a word.
    pub(super) prefix: bool,
}

/// A query as understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// All of these must occur.
    pub(super) terms: Vec<Term>,
    /// None of these may occur.
    pub(super) excluded: Vec<Term>,
    /// Paths of folders that must hold the document, directly or below them.
    pub(super) folders: Vec<String>,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// `limit_exceeded` for more than [`QUERY_BYTES`] (`query_bytes`), or more than [`QUERY_TERMS`] terms, exclusions
    /// and folders together (`query_terms`).
    pub(super) fn parse(text: &str) -> Result<Self> {
        Error::check_limit("query_bytes", text.len() as u64, QUERY_BYTES)?;
        let mut query = Self::default();
        let mut parts = 0;
        let mut rest = text.trim_start_matches(is_space);
        while !rest.is_empty() {
            let (is_excluded, part) = match rest.strip_prefix('-') {
                Some(part) => (true, part),
                None => (false, rest),
            };
            let after_in =
                part.get(..3).filter(|start| start.eq_ignore_ascii_case("in:")).map(|_| &part[3..]);
            if let Some(after_in) = after_in.filter(|_| !is_excluded) {
                let (path, behind) = take_part(after_in);
                let path = path.trim_matches('/');
                if !path.is_empty() {
                    query.folders.push(path.to_owned());
                    parts += 1;
                }
                rest = behind;
            } else {
                let (part, mut behind) = take_part(part);
                let mut starred = part.ends_with('*');
                if let Some(behind_star) = behind.strip_prefix('*') {
                    behind = behind_star;
                    starred = true;
                }
                if let Some(term) = term(part, starred) {
                    let terms = if is_excluded { &mut query.excluded } else { &mut query.terms };
                    if !terms.contains(&term) {
                        terms.push(term);
                    }
                    parts += 1;
                }
                rest = behind;
            }
            rest = rest.trim_start_matches(is_space);
        }
        Error::check_limit("query_terms", parts, QUERY_TERMS)?;
        Ok(query)
    }

    /// The token that every match holds and every document with it is a match of, if that is all the query asks.
    pub(super) fn only_word(&self) -> Option<&str> {
        match (self.terms.as_slice(), self.excluded.as_slice()) {
            ([Term { tokens, prefix: false }], []) if tokens.len() == 1 => tokens.first().map(String::as_str),
            _ => None,
        }
    }

    /// The query in the language of the search table; `None` if it asks for nothing.
    ///
    /// Every token stands in quotes, so that none is taken for an operator.
    pub(super) fn expression(&self) -> Option<String> {
        if self.terms.is_empty() {
            return None;
        }
        let quoted = |term: &Term| {
            let star = if term.prefix { "*" } else { "" };
            format!("\"{}\"{star}", term.tokens.join(" ").replace('"', "\"\""))
        };
        let wanted: Vec<String> = self.terms.iter().map(quoted).collect();
        let mut expression = format!("({})", wanted.join(" AND "));
        for term in &self.excluded {
            expression.push_str(" NOT ");
            expression.push_str(&quoted(term));
        }
        Some(expression)
    }
}

fn is_space(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

/// Keyboards of phones write typographic quotation marks.
fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„')
}

/// What stands in quotes at the beginning of `text` (or up to its end if they stay open), else what stands before the
/// next space or quote; and what follows it.
fn take_part(text: &str) -> (&str, &str) {
    if let Some(inside) = text.strip_prefix(is_quote) {
        let end = inside.find(is_quote).unwrap_or(inside.len());
        (&inside[..end], inside[end..].strip_prefix(is_quote).unwrap_or(""))
    } else {
        text.split_at(text.find(|character| is_space(character) || is_quote(character)).unwrap_or(text.len()))
    }
}

/// The term that `text` spells; `None` if it holds no token. It is a prefix only if the `*` touches its last token.
fn term(text: &str, starred: bool) -> Option<Term> {
    let text = text.strip_suffix('*').filter(|_| starred).unwrap_or(text);
    let mut tokens = Vec::new();
    let mut end = 0;
    let _: ControlFlow<()> = each_token(text, |token, range| {
        tokens.push(token.to_owned());
        end = range.end;
        ControlFlow::Continue(())
    });
    (!tokens.is_empty()).then_some(Term { tokens, prefix: starred && end == text.len() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tokens::GAP;
    use super::*;

    /// A query in a readable form: `+term`, `-term`, `@folder`, `*` behind a prefix.
    fn read(text: &str) -> String {
        let query = Query::parse(text).unwrap();
        let show = |sign: &str, term: &Term| {
            let tokens = term.tokens.join("_").replace(GAP, "|");
            format!("{sign}{tokens}{}", if term.prefix { "*" } else { "" })
        };
        let terms = query.terms.iter().map(|term| show("+", term));
        let excluded = query.excluded.iter().map(|term| show("-", term));
        let folders = query.folders.iter().map(|folder| format!("@{folder}"));
        terms.chain(excluded).chain(folders).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_operator_is_read() {
        assert_eq!(read("Blue  sky"), "+blue +sky");
        assert_eq!(read("\"the Blue sky\" sea"), "+the_blue_sky +sea");
        assert_eq!(read("“blue sky” „see”"), "+blue_sky +see");
        assert_eq!(read("blu* \"a b\"* b"), "+blu* +a_b* +b");
        assert_eq!(read("blue -sky -\"red sea\" -gr*"), "+blue -sky -red_sea -gr*");
        assert_eq!(read("in:Novel/One x in:\"Two words\""), "+x @Novel/One @Two words");
        assert_eq!(read("In:/Novel/ x"), "+x @Novel");
        assert_eq!(read("well-known 日本語abc 你。好"), "+well_known +日_本_語_abc +你_|_好");
        assert_eq!(read("AND OR NOT NEAR(a b) title:x ^y"), "+and +or +not +near_a +b +title:x +y");
        assert_eq!(read("a a A"), "+a");
    }

    #[test]
    fn what_means_nothing_is_passed_over() {
        for text in [
            "", " ", "-", "*", "\"", "\"\"", "in:", "in:\"\"", "in:/", "- * \" -", "!? …", "\0\u{1}", "-\"",
            "😀",
        ] {
            assert_eq!(read(text), "", "{text:?}");
            assert_eq!(Query::parse(text).unwrap().expression(), None);
        }
        assert_eq!(read("a\0b -in:x"), "+a +b -in:x");
        assert_eq!(read("\"open end"), "+open_end");
        assert_eq!(read("a\"b c\"d"), "+a +b_c +d");
        assert_eq!(read("--a c++* in: b"), "+c +b -a");
    }

    #[test]
    fn limits_hold_at_the_edge() {
        let longest = "a".repeat(QUERY_BYTES as usize);
        assert!(Query::parse(&longest).is_ok());
        let refused = Query::parse(&(longest + "a")).unwrap_err();
        assert!(matches!(refused, Error::LimitExceeded { what: "query_bytes", value: 4_097, limit: 4_096 }));

        let most = "in:x -y ".to_owned() + &"z ".repeat(QUERY_TERMS as usize - 2);
        assert!(Query::parse(&most).is_ok());
        let refused = Query::parse(&(most + "z")).unwrap_err();
        assert!(matches!(refused, Error::LimitExceeded { what: "query_terms", value: 65, limit: 64 }));
    }

    #[test]
    fn an_expression_quotes_every_token() {
        let expression = |text: &str| Query::parse(text).unwrap().expression();
        assert_eq!(expression("a \"b c\"* -d -OR"), Some(r#"("a" AND "b c"*) NOT "d" NOT "or""#.to_owned()));
        assert_eq!(expression("-a in:b"), None);
    }

    proptest! {
        #[test]
        fn every_text_is_a_query(text in prop_oneof![any::<String>(), "[-*\":inAND(){}^a你。 \0]{0,40}"]) {
            let query = Query::parse(&text).unwrap();
            prop_assert!(query.terms.iter().chain(&query.excluded).all(|term| !term.tokens.is_empty()));
        }
    }
}
