//! What one unusual character costs in a text that is clean otherwise.

use anyhow::Result;
use writemagic::text::{TextStats, count_graphemes, count_sentences, count_words, utf16};

use super::contest::{Contender, contest};
use crate::plan::Plan;
use crate::report::{Table, digits};

const UNUSUAL: [(&str, &str); 6] = [
    ("an emoji", "😀"),
    ("ZWJ", "\u{200D}"),
    ("NUL", "\0"),
    ("U+0301", "\u{301}"),
    ("a flag", "🇺🇳"),
    ("a family of emoji", "👩\u{200D}👩\u{200D}👧"),
];

/// What is measured: reads all of a text, gives a count.
type Kernel = fn(&str) -> u64;

/// A table: speed on the clean text, and what is left of it with one such character in the middle.
pub(super) fn measure(plan: &Plan, clean: &str) -> Result<String> {
    let mut columns = vec!["", "clean, GB/s"];
    columns.extend(UNUSUAL.iter().map(|(name, _)| *name));
    columns.push("aim");
    let mut table = Table::new(&columns);
    let middle = clean[..clean.len() / 2].rfind(' ').unwrap_or(0);
    let texts: Vec<String> = std::iter::once("")
        .chain(UNUSUAL.iter().map(|(_, unusual)| *unusual))
        .map(|unusual| [&clean[..middle], unusual, &clean[middle..]].concat())
        .collect();
    let kernels: [(&str, Kernel); 6] = [
        ("words", count_words),
        ("sentences", count_sentences),
        ("graphemes", count_graphemes),
        ("all counts", |text| TextStats::of(text).words),
        ("UTF-16 length", utf16::len),
        ("UTF-8 to UTF-16", |text| {
            let mut units = vec![0; text.len()];
            utf16::encode_into(text, &mut units).map_or(0, |written| written as u64)
        }),
    ];
    for (name, kernel) in kernels {
        // The texts take turns: each contender is the kernel on one of them.
        let mut contenders: Vec<Contender<'_>> =
            texts.iter().map(|text| Contender::new(name, move |_: &str| kernel(text))).collect();
        let speeds: Vec<f64> = contest(&mut contenders, |_| clean, plan.text_rounds)?
            .into_iter()
            .map(|figure| figure.speed)
            .collect();
        let (clean, others) = speeds.split_first().map_or((0.0, &[][..]), |(clean, others)| (*clean, others));
        let mut cells = vec![name.to_owned(), digits(clean)];
        cells.extend(others.iter().map(|speed| format!("{:.0} %", speed / clean * 100.0)));
        let worst = others.iter().copied().fold(f64::INFINITY, f64::min);
        cells.push(if worst >= clean * 0.9 { "reached (> 90 %)" } else { "**missed** (> 90 %)" }.to_owned());
        table.row(&cells);
    }
    Ok(table.finish())
}
