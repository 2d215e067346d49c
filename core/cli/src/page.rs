//! Text for a person's eyes: colours, tables, wrapped paragraphs, highlighted matches.
//!
//! Titles and texts come from anywhere; on a terminal their control characters are escaped, so that no document
//! can move the cursor, ring the bell or turn the reading direction around.

use std::fmt::Write as _;
use std::ops::Range;

use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use textwrap::WordSeparator;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const MATCH: &str = "\x1b[1;33m";
const GOOD: &str = "\x1b[32m";
const BAD: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// The widest column of running text that is comfortable to read, in terminal cells.
const READING_WIDTH: usize = 88;

/// Narrower terminals, and those that do not know their width, are taken as this wide.
const LEAST_WIDTH: usize = 40;

/// How a column of a table uses the terminal's width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Wraps when the terminal is narrow.
    Text,
    /// Never wraps: an id or a time.
    Fixed,
    /// Never wraps, aligned to the right.
    Number,
}

/// An answer in the making.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
    terminal: bool,
    colour: bool,
}

impl Page {
    pub(crate) fn new(terminal: bool, colour: bool) -> Self {
        Self { text: String::new(), terminal, colour }
    }

    /// Whether a person looks at it; otherwise it is a file or another program, which wants plain lines.
    pub(crate) fn for_terminal(&self) -> bool {
        self.terminal
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Text exactly as it is, without a line end of its own.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.styled(BOLD, text)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.styled(DIM, text)
    }

    /// A word that says whether something is well.
    pub(crate) fn verdict(&self, ok: bool, text: &str) -> String {
        self.styled(if ok { GOOD } else { BAD }, text)
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.colour { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }

    /// A paragraph wrapped to the terminal, every line led by `indent`.
    pub(crate) fn paragraph(&mut self, indent: &str, text: &str) {
        self.hanging(indent, indent, text);
    }

    /// A wrapped paragraph whose first line is led by `first` and the others by `rest`.
    pub(crate) fn hanging(&mut self, first: &str, rest: &str, text: &str) {
        let options = textwrap::Options::new(width().min(READING_WIDTH))
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_separator(word_separator(text));
        for line in textwrap::wrap(text, options) {
            self.line(line.trim_end());
        }
    }

    /// A table; tab-separated lines without a header for other programs.
    pub(crate) fn table(&mut self, columns: &[(&str, Column)], rows: impl IntoIterator<Item = Vec<String>>) {
        if !self.terminal {
            for row in rows {
                self.line(row.join("\t"));
            }
            return;
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width()).unwrap_or(u16::MAX))
            .set_header(columns.iter().map(|(name, _)| match self.colour {
                true => Cell::new(name).add_attribute(Attribute::Dim),
                false => Cell::new(name),
            }))
            .add_rows(rows);
        for (index, (_, kind)) in columns.iter().enumerate() {
            let Some(column) = table.column_mut(index) else { continue };
            if *kind != Column::Text {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            if *kind == Column::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self.line(table.trim_fmt());
    }

    /// `text` on one line with the parts in `ranges` (UTF-16 units, ascending, disjoint) set off: in colour, or
    /// between `[` and `]` where there is none.
    pub(crate) fn highlighted(&self, text: &str, ranges: &[Range<u64>]) -> String {
        let (open, close) = if self.colour { (MATCH, PLAIN) } else { ("[", "]") };
        let mut shown = String::with_capacity(text.len() + 16);
        let mut left = ranges.iter().filter(|range| !range.is_empty());
        let mut next = left.next();
        let mut inside = false;
        let mut at = 0;
        for character in text.chars() {
            if inside && next.is_some_and(|range| at >= range.end) {
                shown.push_str(close);
                inside = false;
                next = left.next();
            }
            if !inside && next.is_some_and(|range| at >= range.start) {
                shown.push_str(open);
                inside = true;
            }
            match character {
                '\n' | '\r' | '\t' => shown.push(' '),
                other => push_escaped(&mut shown, other),
            }
            at += character.len_utf16() as u64;
        }
        if inside {
            shown.push_str(close);
        }
        shown
    }
}

/// Where lines may end: by the Unicode rules, except in scripts that need a dictionary for it; texts in those end
/// lines at spaces, and within a run only where it is too long.
fn word_separator(text: &str) -> WordSeparator {
    let needs_dictionary = |character| {
        matches!(character,
            // Thai and Lao, Myanmar and its extensions, Khmer, the Tai scripts.
            '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{19FF}'
            | '\u{1A20}'..='\u{1AAF}' | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AADF}')
    };
    if text.contains(needs_dictionary) { WordSeparator::AsciiSpace } else { WordSeparator::new() }
}

/// The terminal's width in cells.
fn width() -> usize {
    textwrap::termwidth().max(LEAST_WIDTH)
}

/// `text` with its control characters written out.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push_escaped(&mut shown, character);
    }
    shown
}

fn push_escaped(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        // Line separators and what overrides the reading direction, beside the controls proper.
        '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            shown.extend(character.escape_unicode());
        }
        control if control.is_control() => shown.extend(control.escape_unicode()),
        other => shown.push(other),
    }
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// How many of each there are, those left out of which there are none: `2 phrases, 1 cards`.
pub(crate) fn counted(counts: &[(u64, &str)]) -> String {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some.map(|(count, what)| format!("{} {what}", grouped(*count))).collect();
    parts.join(", ")
}

/// A size in the largest unit that keeps it above one: `1.5 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let unit = (bytes.max(1).ilog2() / 10).min(4);
    let mut shown = String::new();
    // Writing to a string cannot fail.
    let _ = match unit {
        0 => write!(shown, "{bytes} bytes"),
        _ => write!(
            shown,
            "{:.1} {}",
            bytes as f64 / f64::from(1024_u32).powi(unit as i32),
            UNITS[unit as usize]
        ),
    };
    shown
}

/// A time of reading: `2 min 5 s`.
pub(crate) fn reading_time(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(escaped("a\u{1b}[2J\n\u{7}b\u{202e}"), "a\\u{1b}[2J\\n\\u{7}b\\u{202e}");
        assert_eq!(escaped("é 語 👩\u{200d}🚀"), "é 語 👩\u{200d}🚀");
    }

    #[test]
    fn matches_are_set_off_by_their_utf16_ranges() {
        let page = Page::new(true, false);
        assert_eq!(page.highlighted("a😀bc\nd", &[1..3, 4..5, 6..7]), "a[😀]b[c] [d]");
        assert_eq!(page.highlighted("abc", &[0..1, 1..2]), "[a][b]c");
        assert_eq!(page.highlighted("", &[0..2, 2..4]), "");
        let coloured = Page::new(true, true);
        assert_eq!(coloured.highlighted("ab", &[1..9, 9..9]), "a\x1b[1;33mb\x1b[0m");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1234567), "1,234,567");
        assert_eq!(size(1023), "1023 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
        assert_eq!(reading_time(59), "59 s");
        assert_eq!(reading_time(3720), "1 h 2 min");
    }
}
