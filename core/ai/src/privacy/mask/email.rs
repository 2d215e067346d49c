//! E-mail addresses.

use std::ops::Range;

use writemagic_shared::text::fold::is_ignored_mark;
use writemagic_shared::text::script::is_scalar_script;

/// Where `text` has what looks like an address: something, `@`, and names with dots between. Letters of any script
/// belong; beside an address in another alphabet, the text of scripts without spaces does not. Linear: no part of an
/// address has an `@`.
pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.match_indices('@').filter_map(|(at, sign)| {
        let start = at - local(&text[..at])?;
        let end = at + sign.len() + domain(&text[at + sign.len()..])?;
        Some(start..end)
    })
}

/// The length of the local part at the end of `text`, in bytes.
fn local(text: &str) -> Option<usize> {
    let run = |belongs: fn(char) -> bool| {
        let run = &text[text.trim_end_matches(belongs).len()..];
        // Quotes, emphasis and brackets of the text around it look like parts of it.
        let length = run.trim_start_matches(|character: char| !character.is_alphanumeric()).len();
        (length > 0).then_some(length)
    };
    run(is_local).or_else(|| run(|character| character.is_alphanumeric()))
}

fn is_local(character: char) -> bool {
    is_letter(character) || ".!#$%&'*+-/=?^_`{|}~".contains(character)
}

fn is_letter(character: char) -> bool {
    (character.is_alphanumeric() && !is_scalar_script(character)) || is_ignored_mark(character)
}

/// The length of the domain at the start of `text`, in bytes.
fn domain(text: &str) -> Option<usize> {
    let run = |belongs: fn(char) -> bool| {
        let run = &text[..text.len() - text.trim_start_matches(belongs).len()];
        // Two dots end it; a full stop, and the number of a footnote behind it, are not part of it.
        let mut run = run.split("..").next()?.trim_end_matches(['.', '-']);
        loop {
            let (name, top) = run.rsplit_once('.')?;
            let is_top = top.chars().count() >= 2 && top.chars().any(char::is_alphabetic);
            if is_top {
                return name.starts_with(char::is_alphanumeric).then_some(run.len());
            }
            run = name.trim_end_matches('-');
        }
    };
    run(|character| is_letter(character) || ".-".contains(character))
        .or_else(|| run(|character| character.is_alphanumeric() || ".-".contains(character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn addresses_are_found_without_what_stands_around_them() {
        assert_eq!(
            found("Write to ana.kovac+book@mail.example.hr. Or <o'brien@x-y.co>, *b_c@d.org*; \"e@f.io\"!"),
            ["ana.kovac+book@mail.example.hr", "o'brien@x-y.co", "b_c@d.org", "e@f.io"]
        );
    }

    #[test]
    fn addresses_in_any_script_are_found() {
        assert_eq!(found("дядя@почта.рф и ana@kovač.hr"), ["дядя@почта.рф", "ana@kovač.hr"]);
        assert_eq!(found("邮箱是ana@example.com，谢谢"), ["ana@example.com"]);
        assert_eq!(found("用户@例子.中国"), ["用户@例子.中国"]);
        assert_eq!(found("kovac\u{30C}@example.org"), ["kovac\u{30C}@example.org"]);
    }

    #[test]
    fn a_full_stop_and_a_footnote_do_not_hide_an_address() {
        assert_eq!(found("a@b.cd.1 and a@b.cd.-2. and a@b.cd"), ["a@b.cd"; 3]);
    }

    #[test]
    fn what_is_no_address_stays() {
        let text = "a @ b, @handle, me@localhost, 3@4.5, x@.com, @@, a@b..cd, 5 apples @ 2.50";
        assert_eq!(found(text), [""; 0]);
    }

    #[test]
    fn a_text_of_signs_is_no_trouble() {
        assert_eq!(find(&"a@".repeat(100_000)).count(), 0);
        assert_eq!(find(&"a@b.cd ".repeat(10_000)).count(), 10_000);
    }
}
