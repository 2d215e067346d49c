//! Answers as text to put into a document.

use writemagic_shared::text::script::is_scalar_script;

/// Pairs of quotation marks that models put around an answer.
const QUOTES: &[(char, char)] =
    &[('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('»', '«'), ('‘', '’'), ('\'', '\''), ('「', '」')];

/// The answer without what the model put around it: a code fence around all of it, quotation marks around all of it, the
/// tags of quoted text. Each goes only if `source`, the passage that the answer is to replace or to continue, has no such
/// thing. White space around the answer becomes that around the source, and its line ends those of the source. The same
/// input gives the same text; an answer that is clean stays as it is.
pub fn clean(answer: &str, source: &str) -> String {
    let mut body = answer.trim();
    // Each layer can hide another; what is taken off makes it shorter.
    loop {
        let peeled = without_tags(without_quotes(without_fence(body, source), source));
        if peeled.len() == body.len() {
            break;
        }
        body = peeled;
    }
    let core = source.trim();
    let (before, after) = match source.find(core).filter(|_| !core.is_empty()) {
        Some(at) => (source.get(..at), source.get(at + core.len()..)),
        None => (None, None),
    };
    let spaced = [before.unwrap_or_default(), body, after.unwrap_or_default()].concat();
    with_line_ends_of(source, &spaced)
}

fn without_fence<'a>(body: &'a str, source: &str) -> &'a str {
    for fence in ["```", "~~~"] {
        if source.contains(fence) {
            continue;
        }
        let inside = body.strip_prefix(fence).and_then(|rest| rest.strip_suffix(fence));
        let Some((info, inside)) = inside.and_then(|inside| inside.split_once('\n')) else { continue };
        // The language of the code may stand behind the fence; a second fence inside means that there were several.
        if !info.trim().contains(char::is_whitespace) && !inside.contains(fence) && inside.ends_with('\n') {
            return inside.trim();
        }
    }
    body
}

fn without_quotes<'a>(body: &'a str, source: &str) -> &'a str {
    let source = source.trim();
    for (open, close) in QUOTES {
        let inside = body.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close));
        let Some(inside) = inside else { continue };
        let had = source.starts_with(*open) || source.ends_with(*close);
        // `"Go," she said, "now"` begins and ends with a mark, and they are not a pair.
        if !had && !inside.contains([*open, *close]) && !inside.trim().is_empty() {
            return inside.trim();
        }
    }
    body
}

fn without_tags(body: &str) -> &str {
    let Some((name, rest)) = body.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return body;
    };
    if !name.starts_with("writer-data") {
        return body;
    }
    match rest
        .strip_suffix('>')
        .and_then(|rest| rest.strip_suffix(name))
        .and_then(|rest| rest.strip_suffix("</"))
    {
        Some(inside) => inside.trim(),
        None => body,
    }
}

/// `text` with CR LF line ends if the source has them and no others, else with LF.
fn with_line_ends_of(source: &str, text: &str) -> String {
    let feeds = source.matches('\n').count();
    let text = text.replace("\r\n", "\n");
    if feeds > 0 && source.matches("\r\n").count() == feeds { text.replace('\n', "\r\n") } else { text }
}

/// A continuation with what has to stand between `before` and it: a space where both end and begin with what a space
/// divides, nothing where `before` ends with white space, before closing punctuation, and between ideographs.
pub fn join(before: &str, continuation: &str) -> String {
    let body = continuation.trim_end();
    let (Some(last), Some(first)) = (before.chars().next_back(), body.chars().next()) else {
        return body.to_owned();
    };
    let wide =
        |character: char| is_scalar_script(character) || ('\u{3000}'..='\u{303F}').contains(&character);
    if last.is_whitespace() {
        return body.trim_start_matches([' ', '\t']).to_owned();
    }
    let apart = first.is_whitespace()
        || ".,;:!?…)]}»”’".contains(first)
        || "([{«„“‘—".contains(last)
        || wide(last)
        || wide(first);
    if apart { body.to_owned() } else { format!(" {body}") }
}

/// The numbers of passages that an answer names, from 1 to `passages`, each once and in the order of their first mention: `[2]`,
/// `[1, 3]`, `[1][3]`. Linear in the answer.
pub fn citations(answer: &str, passages: usize) -> Vec<usize> {
    let mut cited = Vec::new();
    for (start, _) in answer.match_indices('[') {
        let inside = answer.get(start + 1..).unwrap_or_default();
        let Some(inside) = inside.find([']', '[']).and_then(|end| inside.get(..end)) else { continue };
        let numbers: Result<Vec<usize>, _> =
            inside.split([',', ';']).map(|part| part.trim().parse()).collect();
        for number in numbers.into_iter().flatten() {
            if (1..=passages).contains(&number) && !cited.contains(&number) {
                cited.push(number);
            }
        }
    }
    cited
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_model_puts_around_an_answer_goes() {
        for (answer, source, cleaned) in [
            ("```markdown\nShe ran.\n```", "She walked.", "She ran."),
            ("```\n\"She ran.\"\n```\n", "She walked.", "She ran."),
            ("  “She ran.”\n", "She walked.", "She ran."),
            ("«Elle court.»", "Elle marche.", "Elle court."),
            ("<writer-data>\nShe ran.\n</writer-data>", "She walked.", "She ran."),
            ("She ran.", "She walked.\n\n", "She ran.\n\n"),
            ("One.\nTwo.", "Eins.\r\nZwei.", "One.\r\nTwo."),
        ] {
            assert_eq!(clean(answer, source), cleaned, "{answer}");
        }
    }

    #[test]
    fn what_the_source_had_and_what_is_not_around_all_stays() {
        for (answer, source) in [
            ("```rust\nlet a = 1;\n```", "```rust\nlet b = 2;\n```"),
            ("\"Go!\"", "\"Leave!\""),
            ("\"Go,\" she said, \"now\"", "She told him."),
            ("“Go.” He went. “Good.”", "He left."),
            ("```\na\n```\ntext\n```\nb\n```", "Two examples."),
            ("``` is a fence ```", "A fence."),
            ("\"\"", "Nothing."),
            ("<em>She ran.</em>", "She walked."),
        ] {
            assert_eq!(clean(answer, source), answer, "{answer}");
        }
    }

    #[test]
    fn a_continuation_is_joined_as_its_script_wants_it() {
        for (before, continuation, joined) in [
            ("She ran.", "He slept.", " He slept."),
            ("She ran. ", " He slept.", "He slept."),
            ("She ran.\n\n", "He slept.\n", "He slept."),
            ("She ran", ", and he slept.", ", and he slept."),
            ("She said: “", "Go.”", "Go.”"),
            ("猫である。", "名前は無い。", "名前は無い。"),
            ("She ran.", "\n\nHe slept.", "\n\nHe slept."),
            ("", "He slept.", "He slept."),
        ] {
            assert_eq!(join(before, continuation), joined, "{before}|{continuation}");
        }
    }

    #[test]
    fn an_answer_names_passages_by_number() {
        for (answer, named) in [
            ("In the well [2].", vec![2]),
            ("She lost it [3, 1] and found it [1][2].", vec![3, 1, 2]),
            ("[0] [4] [one] [] [1", vec![]),
            ("[[2]] [2; 3]", vec![2, 3]),
            ("[99999999999999999999999]", vec![]),
        ] {
            assert_eq!(citations(answer, 3), named, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(answer in "[\"“”`~ \na<>/]{0,20}|(```|\n|a|\"|<writer-data>|</writer-data>){0,12}", source in "[\"a `\r\n]{0,6}") {
            let once = clean(&answer, &source);
            prop_assert_eq!(clean(&once, &source), once);
        }
    }
}
