//! Markdown tables, and the figures in them.

use std::fmt::Write as _;

/// A table under construction; columns after the first are right-aligned.
pub struct Table {
    text: String,
    columns: usize,
}

impl Table {
    /// A table with these heads.
    pub fn new(columns: &[&str]) -> Self {
        let rule = vec!["---:"; columns.len().saturating_sub(1)].join(" | ");
        let text = format!("| {} |\n| --- | {rule} |\n", columns.join(" | "));
        Self { text, columns: columns.len() }
    }

    /// Adds a row, of as many cells.
    pub fn row(&mut self, cells: &[String]) {
        debug_assert_eq!(cells.len(), self.columns);
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// The table, with a line break at its end.
    pub fn finish(self) -> String {
        self.text
    }
}

/// A duration in ns with a unit that suits it, to three digits.
pub fn duration(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// A size in decimal units, to three digits.
pub fn size(bytes: f64) -> String {
    let (value, unit) = match bytes {
        b if b < 1e3 => (b, "B"),
        b if b < 1e6 => (b / 1e3, "kB"),
        b if b < 1e9 => (b / 1e6, "MB"),
        b => (b / 1e9, "GB"),
    };
    format!("{} {unit}", digits(value))
}

/// A number to three digits.
pub fn digits(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// A whole number with commas between its thousands.
pub fn count(value: u64) -> String {
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
pub fn ratio(peer: f64, ours: f64) -> String {
    if ours > 0.0 { format!("{}×", digits(peer / ours)) } else { "–".into() }
}

/// Whether a figure is under its aim, as the table says it.
pub fn aim(value: f64, below: f64, written: &str) -> String {
    let verdict = if value < below { "reached" } else { "**missed**" };
    format!("{verdict} ({written})")
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
    fn tables_are_markdown() {
        let mut table = Table::new(&["who", "what"]);
        table.row(&["a".into(), "1".into()]);
        assert_eq!(table.finish(), "| who | what |\n| --- | ---: |\n| a | 1 |\n");
    }
}
