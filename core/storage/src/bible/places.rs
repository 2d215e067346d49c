//! Where names stand in one text, kept up to date with its edits: only the lines around a change are read again.
//!
//! What a scan finds from some word on depends on nothing before it but a name that reaches over it, and on no more words after
//! it than the longest name has. A name goes over one line end at a time. So a line that stands as many lines before
//! a change as the longest name has words, with no name over its start, is a place to begin at; and where a scan of the new text and that of the
//! old both have no name over the start of a line behind the change, all the rest is as it was.

use ropey::Rope;
use writemagic_shared::text::utf16;

use super::matcher::Matcher;

/// A name in a text, in UTF-16 units, by its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) pattern: u32,
}

/// The names in a text, ascending and disjoint.
pub(super) fn places(matcher: &Matcher, text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    scan_into(matcher, text, 0, &mut found);
    found
}

fn scan_into(matcher: &Matcher, text: &str, units_before: u32, found: &mut Vec<Found>) {
    let (mut byte, mut unit) = (0, units_before);
    matcher.scan(text, |range, pattern| {
        // Texts have a limit far below 2^32.
        let start = unit + utf16::len(text.get(byte..range.start).unwrap_or_default()) as u32;
        let end = start + utf16::len(text.get(range.clone()).unwrap_or_default()) as u32;
        found.push(Found { start, end, pattern });
        (byte, unit) = (range.end, end);
    });
}

/// Makes the names in `old` those in `new`. Takes time to compare the texts, and to read what changed with the lines around it.
pub(super) fn update(matcher: &Matcher, old: &Rope, new: &Rope, found: &mut Vec<Found>) {
    let Some(changed) = Changed::between(old, new) else { return };
    let reach = matcher.longest().max(1);
    // A line to begin at.
    let mut first = new.byte_to_line(changed.prefix).saturating_sub(reach);
    loop {
        let start = unit_of_line(new, first);
        let at = found.partition_point(|name| name.end <= start);
        match found.get(at).filter(|name| name.start < start) {
            Some(over) => first = new.char_to_line(new.utf16_cu_to_char(over.start as usize)),
            None => break,
        }
    }
    let start = unit_of_line(new, first);
    let kept_before = found.partition_point(|name| name.start < start);
    // A line to end before: its line end belongs to what both texts end with.
    let mut last = new.byte_to_line(new.len_bytes() - changed.suffix) + 1;
    let removed = new.len_lines() as i64 - old.len_lines() as i64;
    let from = new.line_to_char(first);
    let mut read = Vec::new();
    loop {
        let text: String = new.slice(from..char_of_line(new, last.saturating_add(reach))).into();
        read.clear();
        scan_into(matcher, &text, start, &mut read);
        let end = unit_of_line(new, last);
        read.truncate(read.partition_point(|name| name.start < end));
        let old_end = unit_of_line(old, (last as i64 - removed).max(0) as usize);
        let over = |names: &[Found], unit: u32| {
            names.iter().rfind(|name| name.start < unit && name.end > unit).copied()
        };
        let kept_after = found.partition_point(|name| name.start < old_end);
        let old_over = found.get(..kept_after).and_then(|names| over(names, old_end));
        if last < new.len_lines() && (over(&read, end).is_some() || old_over.is_some()) {
            last += 1;
            continue;
        }
        let moved = |unit: u32| unit - old_end + end;
        let after = found.split_off(kept_after);
        found.truncate(kept_before);
        found.append(&mut read);
        found.extend(after.into_iter().map(|name| Found {
            start: moved(name.start),
            end: moved(name.end),
            pattern: name.pattern,
        }));
        return;
    }
}

fn char_of_line(text: &Rope, line: usize) -> usize {
    text.line_to_char(line.min(text.len_lines()))
}

fn unit_of_line(text: &Rope, line: usize) -> u32 {
    text.char_to_utf16_cu(char_of_line(text, line)) as u32
}

/// What two texts begin and end with alike, in bytes.
struct Changed {
    prefix: usize,
    suffix: usize,
}

impl Changed {
    /// `None` for equal texts.
    fn between(old: &Rope, new: &Rope) -> Option<Self> {
        let shorter = old.len_bytes().min(new.len_bytes());
        let prefix = alike(old.chunks(), new.chunks(), false);
        if prefix == shorter && old.len_bytes() == new.len_bytes() {
            return None;
        }
        let back = |text| Rope::chunks_at_byte(text, Rope::len_bytes(text)).0.reversed();
        let suffix = alike(back(old), back(new), true).min(shorter - prefix);
        Some(Self { prefix, suffix })
    }
}

/// How many bytes two texts have alike at their starts, or at their ends.
fn alike<'a>(
    mut old: impl Iterator<Item = &'a str>,
    mut new: impl Iterator<Item = &'a str>,
    from_end: bool,
) -> usize {
    let (mut a, mut b): (&[u8], &[u8]) = (&[], &[]);
    let mut total = 0;
    loop {
        while a.is_empty() {
            let Some(chunk) = old.next() else { return total };
            a = chunk.as_bytes();
        }
        while b.is_empty() {
            let Some(chunk) = new.next() else { return total };
            b = chunk.as_bytes();
        }
        let len = a.len().min(b.len());
        let ((part_a, rest_a), (part_b, rest_b)) = if from_end {
            let ((rest_a, part_a), (rest_b, part_b)) = (a.split_at(a.len() - len), b.split_at(b.len() - len));
            ((part_a, rest_a), (part_b, rest_b))
        } else {
            (a.split_at(len), b.split_at(len))
        };
        if part_a != part_b {
            let pairs = part_a.iter().zip(part_b);
            let same = |(a, b): &(&u8, &u8)| a == b;
            return total
                + if from_end {
                    pairs.rev().take_while(same).count()
                } else {
                    pairs.take_while(same).count()
                };
        }
        total += len;
        (a, b) = (rest_a, rest_b);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matcher::{Name, Owner};
    use super::super::words::{Token, before_possessive, each_token, fold_gap, fold_token};
    use super::*;
    use crate::document::Language;

    fn matcher(names: &[(String, bool)], language: Language) -> Matcher {
        let owned =
            |(i, (text, inflected)): (usize, &'_ (String, bool))| (i as u32, text.clone(), *inflected);
        let names: Vec<_> = names.iter().enumerate().map(owned).collect();
        let names = names.iter().map(|(entry, text, inflected)| Name {
            text,
            inflected: *inflected,
            owner: Owner { entry: *entry, name: 0 },
        });
        Matcher::new(names, language)
    }

    fn plain(names: &[&str]) -> Vec<(String, bool)> {
        names.iter().map(|name| ((*name).to_owned(), false)).collect()
    }

    fn found(text: &str, names: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        matcher(&plain(names), Language::English).scan(text, |range, _| found.push(text[range].to_owned()));
        found
    }

    #[test]
    fn whole_words_in_any_case_and_the_longest_name() {
        let names = ["Ruth", "Ruth Miller", "Oz", "Anne-Marie"];
        assert_eq!(found("RUTH, ruthless Rúth Miller’s truth.", &names), ["RUTH", "Rúth Miller"]);
        assert_eq!(found("Ruth\nMiller; Ruth\n\nMiller", &names), ["Ruth\nMiller", "Ruth"]);
        assert_eq!(found("Ruth, Miller and _Ruth_ **Miller**", &names), ["Ruth", "Ruth_ **Miller"]);
        assert_eq!(found("Anne Marie, Anne\u{2011}Marie", &names), ["Anne\u{2011}Marie"]);
        assert_eq!(found("the wizard of Oz's", &names), ["Oz"]);
    }

    #[test]
    fn names_in_scripts_without_spaces_are_found_in_any_run() {
        assert_eq!(found("彼は田中さんに会った。", &["田中", "田中さん"]), ["田中さん"]);
        assert_eq!(found("ハリー・ポッターは", &["ハリー・ポッター"]), ["ハリー・ポッター"]);
        assert_eq!(found("田。中", &["田中"]), Vec::<String>::new());
    }

    #[test]
    fn forms_are_found_where_they_are_asked_for_and_give_way_to_names_written_so() {
        let matches = |names: &[(&str, bool)], text: &str, language| {
            let names: Vec<_> =
                names.iter().map(|(name, inflected)| ((*name).to_owned(), *inflected)).collect();
            let matcher = matcher(&names, language);
            let mut found = Vec::new();
            matcher.scan(text, |range, pattern| {
                found.push((text[range].to_owned(), matcher.owners(pattern)[0].entry));
            });
            found
        };
        let owned = |found: &[(&str, u32)]| -> Vec<(String, u32)> {
            found.iter().map(|(text, entry)| ((*text).to_owned(), *entry)).collect()
        };
        let goblins = [("goblin", true), ("elf", false)];
        assert_eq!(matches(&goblins, "Goblins' elfs", Language::English), owned(&[("Goblins", 0)]));
        let german = Language::of(Some("de"));
        assert_eq!(matches(&[("der alte Mann", true)], "des alten Mannes", german), owned(&[]));
        assert_eq!(
            matches(&[("alter Mann", true)], "des alten Mannes", german),
            owned(&[("alten Mannes", 0)])
        );
        let roses = [("Rose", true), ("Roses", false)];
        assert_eq!(matches(&roses, "roses rose", Language::English), owned(&[("roses", 1), ("rose", 0)]));
    }

    /// Every name at every word, compared token by token.
    fn naive(names: &[(String, bool)], text: &str) -> Vec<Found> {
        let tokens_of = |text: &str| {
            let mut tokens: Vec<Token> = Vec::new();
            each_token(text, |token| tokens.push(token));
            tokens
        };
        let folded = |text: &str, token: &Token| {
            let mut folded = String::new();
            fold_token(text, token, &mut folded);
            folded
        };
        let gap = |text: &str, range: std::ops::Range<usize>| {
            let mut folded = String::new();
            fold_gap(&text[range], &mut folded).then_some(folded)
        };
        let tokens = tokens_of(text);
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let mut best: Option<(usize, usize, u32)> = None;
            for (i, (name, _)) in names.iter().enumerate() {
                let wanted = tokens_of(name);
                let Some(here) = tokens.get(at..at + wanted.len()).filter(|here| !here.is_empty()) else {
                    continue;
                };
                let gaps = (1..wanted.len()).all(|k| {
                    gap(text, here[k - 1].range.end..here[k].range.start)
                        == gap(name, wanted[k - 1].range.end..wanted[k].range.start)
                });
                let last = wanted.len() - 1;
                let before = (0..last).all(|k| folded(text, &here[k]) == folded(name, &wanted[k]));
                if !gaps || !before {
                    continue;
                }
                let mut ends = vec![here[last].range.end];
                if here[last].single.is_none()
                    && let Some(bare) = before_possessive(&text[here[last].range.clone()])
                {
                    ends.push(here[last].range.start + bare);
                }
                for end in ends {
                    let token = Token { range: here[last].range.start..end, single: here[last].single };
                    let better = best.is_none_or(|(best, ..)| end > best);
                    if folded(text, &token) == folded(name, &wanted[last]) && better {
                        best = Some((end, wanted.len(), i as u32));
                    }
                }
            }
            match best {
                Some((end, tokens_taken, first)) => {
                    let start = utf16::len(&text[..tokens[at].range.start]) as u32;
                    found.push(Found { start, end: utf16::len(&text[..end]) as u32, pattern: first });
                    at += tokens_taken;
                }
                None => at += 1,
            }
        }
        found
    }

    fn texts() -> impl Strategy<Value = String> {
        let parts = [
            "a", "b", "A", "c", " ", " ", "\n", "-", ", ", "'s", "’s", "é", "你", "好", "😀", "*", "\r\n",
            "_",
        ];
        prop::collection::vec(prop::sample::select(parts.to_vec()), 0..40).prop_map(|parts| parts.concat())
    }

    fn names() -> impl Strategy<Value = Vec<(String, bool)>> {
        let parts = ["a", "b", "c", " ", "-", "'s", "é", "你", "好"];
        let name = prop::collection::vec(prop::sample::select(parts.to_vec()), 1..6);
        prop::collection::vec((name.prop_map(|parts| parts.concat()), any::<bool>()), 0..8)
    }

    proptest! {
        #[test]
        fn names_are_found_as_by_trying_every_name_at_every_word(text in texts(), names in names()) {
            let plain: Vec<_> = names.iter().map(|(name, _)| (name.clone(), false)).collect();
            let matcher = matcher(&plain, Language::English);
            let owner = |found: Found| Found { pattern: matcher.owners(found.pattern)[0].entry, ..found };
            let found: Vec<_> = places(&matcher, &text).into_iter().map(owner).collect();
            prop_assert_eq!(found, naive(&plain, &text));
        }

        #[test]
        fn what_is_kept_up_to_date_is_what_a_whole_scan_finds(
            text in texts(),
            names in names(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, texts()), 1..6),
        ) {
            let matcher = matcher(&names, Language::English);
            let mut rope = Rope::from_str(&text);
            let mut found = places(&matcher, &text);
            for (at, delete, insert) in edits {
                let old = rope.clone();
                let at = at.index(rope.len_chars() + 1);
                rope.remove(at..(at + delete).min(rope.len_chars()));
                rope.insert(at, &insert);
                update(&matcher, &old, &rope, &mut found);
                prop_assert_eq!(&found, &places(&matcher, &rope.to_string()));
            }
        }
    }
}
