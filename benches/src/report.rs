//! Markdown tables, the figures in them, and `RESULTS.md`, of which each section is replaced on its own.

use std::fmt::Write as _;

/// A table under construction; columns after the first are right-aligned.
pub(crate) struct Table {
    text: String,
    columns: usize,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        let rule = vec!["---:"; columns.len().saturating_sub(1)].join(" | ");
        let text = format!("| {} |\n| --- | {rule} |\n", columns.join(" | "));
        Self { text, columns: columns.len() }
    }

    pub(crate) fn row(&mut self, cells: &[String]) {
        debug_assert_eq!(cells.len(), self.columns);
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// A duration in ns with a unit that suits it, to three digits.
pub(crate) fn duration(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// A size in decimal units, to three digits.
pub(crate) fn size(bytes: f64) -> String {
    let (value, unit) = match bytes {
        b if b < 1e3 => (b, "B"),
        b if b < 1e6 => (b / 1e3, "kB"),
        b if b < 1e9 => (b / 1e6, "MB"),
        b => (b / 1e9, "GB"),
    };
    format!("{} {unit}", digits(value))
}

/// A number to three digits.
pub(crate) fn digits(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// A whole number with commas between its thousands.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many times as much as ours a peer took: above 1 the engine is ahead, below 1 the peer is.
pub(crate) fn ratio(peer: f64, ours: f64) -> String {
    if ours > 0.0 { format!("{}×", digits(peer / ours)) } else { "–".into() }
}

/// Whether a figure is under its aim, as the table says it.
pub(crate) fn aim(value: f64, below: f64, written: &str) -> String {
    let verdict = if value < below { "reached" } else { "**missed**" };
    format!("{verdict} ({written})")
}

/// Puts `section` (its heading line first) in the place of the section of the same heading, or at the end.
pub(crate) fn replace_section(results: &str, section: &str) -> String {
    let heading = section.lines().next().unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    for line in results.lines() {
        if line.starts_with("## ") || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    match parts.iter_mut().find(|part| part.lines().next() == Some(heading)) {
        Some(part) => *part = section.to_owned(),
        None => parts.push(section.to_owned()),
    }
    let trimmed: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    trimmed.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_fitting_unit() {
        assert_eq!(duration(4.25), "4.25 ns");
        assert_eq!(duration(2_345.0), "2.35 µs");
        assert_eq!(duration(18.26e6), "18.3 ms");
        assert_eq!(duration(123.4e9), "123 s");
        assert_eq!(size(104_852.0), "105 kB");
        assert_eq!((count(7), count(999), count(1_234_567)), ("7".into(), "999".into(), "1,234,567".into()));
        assert_eq!(ratio(3.0, 2.0), "1.50×");
        assert_eq!(ratio(3.0, 0.0), "–");
    }

    #[test]
    fn a_missed_aim_is_said() {
        assert_eq!(aim(4.0, 5.0, "< 5"), "reached (< 5)");
        assert_eq!(aim(5.0, 5.0, "< 5"), "**missed** (< 5)");
    }

    #[test]
    fn a_section_replaces_the_one_of_its_heading_and_leaves_the_others() {
        let first = replace_section("# Results\n\nIntro.\n", "## A\n\nold\n");
        let second = replace_section(&first, "## B\n\nother\n");
        assert_eq!(second, "# Results\n\nIntro.\n\n## A\n\nold\n\n## B\n\nother\n");
        let third = replace_section(&second, "## A\n\nnew\n\n- note");
        assert_eq!(third, "# Results\n\nIntro.\n\n## A\n\nnew\n\n- note\n\n## B\n\nother\n");
    }

    #[test]
    fn tables_are_markdown() {
        let mut table = Table::new(&["who", "what"]);
        table.row(&["a".into(), "1".into()]);
        assert_eq!(table.finish(), "| who | what |\n| --- | ---: |\n| a | 1 |\n");
    }
}
