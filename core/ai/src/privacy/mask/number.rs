//! Telephone and card numbers: digits in groups.

use std::ops::Range;

use super::Kind;
use super::boundary::is_boundary;

/// The most digits of either.
const DIGITS_MOST: usize = 19;
/// The fewest digits of either.
const DIGITS_LEAST: usize = 7;
/// The most characters between two groups.
const SEPARATORS_MOST: usize = 3;

/// Digits without anything between them.
#[derive(Clone, Debug)]
struct Group {
    range: Range<usize>,
    digits: Vec<u8>,
    /// What stands between the group before, or the start of the text, and this one.
    gap: Range<usize>,
    /// Whether it belongs to the same number as the group before, as far as the gap tells.
    follows: bool,
    /// Whether a word goes on directly before or behind it.
    in_word: bool,
}

/// Where `text` has card or telephone numbers. Linear: no number is longer than 19 digits.
///
/// A card number has 13 to 19 digits and passes the test of Luhn (ISO/IEC 7812-1). A telephone number begins with `+`, `00`
/// or `0`, or has its area code in parentheses, or is grouped as they are in North America (3-3-4), in China (a mobile
/// number), India (5-5) or Spain (3-2-2-2). Dates and decimal numbers are not taken for one; national numbers that
/// look like any other number are not found.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Kind)> {
    let groups = groups(text);
    let mut found = Vec::new();
    let mut first = 0;
    while first < groups.len() {
        match longest(text, &groups[first..]) {
            Some((range, kind, count)) => {
                found.push((range, kind));
                first += count;
            }
            None => first += 1,
        }
    }
    found
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut before: Option<char> = None;
    let mut end = 0;
    for (at, character) in text.char_indices() {
        if let Some(value) = digit(character) {
            match groups.last_mut() {
                Some(group) if group.range.end == at => {
                    group.range.end = at + character.len_utf8();
                    group.digits.push(value);
                }
                _ => groups.push(Group {
                    range: at..at + character.len_utf8(),
                    digits: vec![value],
                    gap: end..at,
                    follows: end > 0 && joins(&text[end..at]),
                    in_word: before.is_some_and(|before| !is_boundary(before, '0')),
                }),
            }
            end = at + character.len_utf8();
        } else if end == at
            && !is_boundary('0', character)
            && let Some(group) = groups.last_mut()
        {
            group.in_word = true;
        }
        before = Some(character);
    }
    groups
}

/// Whether two groups with this between them may be one number.
fn joins(gap: &str) -> bool {
    let is_separator = |character| {
        matches!(
            character,
            ' ' | '\u{A0}' | '\u{2009}' | '\u{202F}' | '-' | '.' | '/' | '(' | ')' | '\u{2010}'
                ..='\u{2013}' | '－'
        )
    };
    !gap.is_empty() && gap.chars().count() <= SEPARATORS_MOST && gap.chars().all(is_separator)
}

/// The longest number that begins with the first of `groups`: where it is, and how many groups it has.
fn longest(text: &str, groups: &[Group]) -> Option<(Range<usize>, Kind, usize)> {
    let mut digits: Vec<u8> = Vec::with_capacity(DIGITS_MOST);
    let mut has_parenthesis = false;
    let mut found = None;
    for (number, group) in groups.iter().enumerate() {
        if group.in_word || (number > 0 && !group.follows) || digits.len() + group.digits.len() > DIGITS_MOST
        {
            break;
        }
        digits.extend(&group.digits);
        has_parenthesis |= text[group.gap.clone()].ends_with('(');
        if digits.len() < DIGITS_LEAST {
            continue;
        }
        let candidate = Candidate { text, groups: &groups[..=number], digits: &digits, has_parenthesis };
        let kind = if candidate.is_card() {
            Kind::Card
        } else if candidate.is_phone() {
            Kind::Phone
        } else {
            continue;
        };
        found = Some((candidate.range(), kind, number + 1));
    }
    found
}

struct Candidate<'a> {
    text: &'a str,
    groups: &'a [Group],
    digits: &'a [u8],
    has_parenthesis: bool,
}

impl Candidate<'_> {
    fn is_card(&self) -> bool {
        self.digits.len() >= 13 && matches!(self.digits.first(), Some(2..=6)) && passes_luhn(self.digits)
    }

    fn is_phone(&self) -> bool {
        let count = self.digits.len();
        // How many digits the first groups have: no form tells more than five apart.
        let mut sizes = [0; 5];
        for (size, group) in sizes.iter_mut().zip(self.groups) {
            *size = group.digits.len();
        }
        match (self.digits, &sizes[..self.groups.len().min(sizes.len())]) {
            _ if self.has_plus() => (7..=15).contains(&count),
            (_, [1..=2, 1..=2, 4, ..] | [4, 1..=2, 1..=2, ..]) => false,
            ([0, 0, 1..=9, ..], [first, ..]) if *first >= 2 => (9..=17).contains(&count),
            ([0, 1..=9, ..], [first, ..]) if *first >= 2 && (9..=12).contains(&count) => true,
            _ if self.area_in_parentheses().is_some() => (9..=13).contains(&count),
            ([2..=9, ..], [3, 3, 4]) | ([1, 2..=9, ..], [1, 3, 3, 4]) => true,
            ([1, 3..=9, ..], [11] | [3, 4, 4]) => true,
            ([6..=9, ..], [5, 5]) | ([6 | 7 | 9, ..], [3, 2, 2, 2]) => true,
            _ => false,
        }
    }

    /// What stands before the first digit.
    fn lead(&self) -> &str {
        let lead = self.groups.first().map_or("", |first| &self.text[first.gap.clone()]);
        &lead[lead.trim_end_matches(['+', '＋', '(']).len()..]
    }

    fn has_plus(&self) -> bool {
        matches!(self.lead(), "+" | "＋" | "+(" | "＋(") || self.lead().ends_with('+')
    }

    /// Which of the groups stands in parentheses.
    fn area_in_parentheses(&self) -> Option<usize> {
        if !self.has_parenthesis {
            return None;
        }
        let opens = |number: usize, group: &Group| match number {
            0 => self.lead().ends_with('('),
            _ => self.text[group.gap.clone()].ends_with('('),
        };
        self.groups.iter().enumerate().position(|(number, group)| {
            let closes =
                self.groups.get(number + 1).is_some_and(|next| self.text[next.gap.clone()].starts_with(')'));
            opens(number, group) && closes && (2..=5).contains(&group.digits.len())
        })
    }

    /// Where it is, with the plus sign and the parenthesis that belong to it.
    fn range(&self) -> Range<usize> {
        let start = self.groups.first().map_or(0, |group| group.range.start);
        let end = self.groups.last().map_or(start, |group| group.range.end);
        let lead = match self.lead() {
            lead if self.area_in_parentheses() == Some(0) || lead.starts_with(['+', '＋']) => lead.len(),
            lead => lead.len() - lead.trim_end_matches(['+', '＋']).len(),
        };
        start - lead..end
    }
}

fn digit(character: char) -> Option<u8> {
    let zero = match character {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6F0}'..='\u{6F9}' => '\u{6F0}',
        '\u{966}'..='\u{96F}' => '\u{966}',
        '０'..='９' => '０',
        _ => return None,
    };
    u8::try_from(u32::from(character) - u32::from(zero)).ok()
}

/// The test digit of ISO/IEC 7812-1: every second digit from the right is doubled.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, twice) => twice / 2,
            (_, twice) => twice / 10 + twice % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, kind: Kind) -> Vec<&str> {
        find(text).into_iter().filter(|found| found.1 == kind).map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn card_numbers_pass_their_test() {
        // Test numbers that no bank gives out.
        let cards = [
            "4111 1111 1111 1111",
            "5555-5555-5555-4444",
            "378282246310005",
            "3782 822463 10005",
            "6011000990139424",
        ];
        for card in cards {
            assert_eq!(found(&format!("pay with {card}, please"), Kind::Card), [card]);
        }
        assert_eq!(found("4111 1111 1111 1112", Kind::Card), [""; 0]);
        assert_eq!(found("A4111111111111111", Kind::Card), [""; 0]);
        assert_eq!(found("４１１１ １１１１ １１１１ １１１１", Kind::Card).len(), 1);
    }

    #[test]
    fn telephone_numbers_of_many_countries_are_found() {
        let phones = [
            "+385 91 123 4567",
            "+49 (0)30 1234567",
            "+1-555-123-4567",
            "(555) 123-4567",
            "555-123-4567",
            "1 555 123 4567",
            "020 7946 0958",
            "01 23 45 67 89",
            "0049 30 1234567",
            "8 (495) 123-45-67",
            "138 1234 5678",
            "13812345678",
            "98765 43210",
            "612 34 56 78",
            "090-1234-5678",
            "+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧",
        ];
        for phone in phones {
            assert_eq!(found(&format!("call {phone}."), Kind::Phone), [phone]);
        }
        assert_eq!(found("(091 123 4567)", Kind::Phone), ["091 123 4567"]);
    }

    #[test]
    fn years_dates_prices_and_measures_are_not_numbers_to_call() {
        let text = "1914-1918, 2026-11-21, 01.02.2026 12, 01/02/2026, 0.123456789, 1,234,567.89, 3.141592653589793, \
            120 000 000, 100-200, pp. 12-345, 1 2 3 4 5 6 7 8, 10:30, 5/8";
        assert_eq!(find(text), []);
    }

    #[test]
    fn a_number_among_others_is_found() {
        assert_eq!(found("1 2 +385 91 123 4567", Kind::Phone), ["+385 91 123 4567"]);
        assert_eq!(
            found("电话13812345678。", Kind::Phone),
            ["13812345678"],
            "beside a script without spaces"
        );
        assert_eq!(found("卡号4111111111111111是", Kind::Card), ["4111111111111111"]);
        assert_eq!(found("7, 13812345678, 9", Kind::Phone), ["13812345678"]);
    }

    #[test]
    fn a_text_of_digits_is_no_trouble() {
        find(&"1 ".repeat(100_000));
        find(&"1".repeat(200_000));
        find(&"+(".repeat(100_000));
    }
}
