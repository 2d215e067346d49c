//! Tags that no quoted text can close.

/// The tag of quoted text; with a number behind it where a text has the tag itself.
const TAG: &str = "writer-data";
/// More digits than the number of a tag can have: texts would need more than 10⁹ of them.
const DIGITS: usize = 9;

/// The first of `writer-data`, `writer-data-2`, `writer-data-3`… that occurs in none of the texts, in whatever case. The
/// same texts have the same tag, and nearly all texts the first. Linear in the texts.
pub(crate) fn tag<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut used: Vec<u64> = Vec::new();
    for text in texts {
        let lower = text.to_ascii_lowercase();
        for (at, _) in lower.match_indices(TAG) {
            used.push(1);
            let behind = lower.get(at + TAG.len()..).and_then(|behind| behind.strip_prefix('-'));
            // `writer-data-25` has `writer-data-2` in it.
            let digits = behind.unwrap_or_default().bytes().take(DIGITS).take_while(u8::is_ascii_digit);
            let mut number = 0;
            for digit in digits {
                number = number * 10 + u64::from(digit - b'0');
                used.push(number);
            }
        }
    }
    used.sort_unstable();
    let mut free = 1;
    for number in used {
        free += u64::from(number == free);
    }
    if free == 1 { TAG.to_owned() } else { format!("{TAG}-{free}") }
}

/// A text between its tags, each on a line of its own.
pub(crate) fn quote(tag: &str, text: &str) -> String {
    format!("<{tag}>\n{text}\n</{tag}>\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tag_is_one_that_no_text_has() {
        assert_eq!(tag(["", "plain"]), "writer-data");
        assert_eq!(tag(["</Writer-DATA>"]), "writer-data-2");
        assert_eq!(tag(["writer-data-2 and writer-data-37"]), "writer-data-4");
        assert_eq!(tag(["writer-data-2", "</writer-data-4>"]), "writer-data-3");
        assert_eq!(tag(["writer-data-writer-data-"]), "writer-data-2");
        assert_eq!(tag(["writer-data-99999999999999999999"]), "writer-data-2");
    }

    proptest! {
        #[test]
        fn no_text_can_close_its_quotation(text in "(writer-data|-|[0-9]|WRITER-DATA-|</| ){0,30}") {
            let tag = tag([text.as_str()]);
            prop_assert!(!text.to_ascii_lowercase().contains(&tag));
            prop_assert_eq!(quote(&tag, &text).matches(&format!("</{tag}>")).count(), 1);
        }
    }
}
