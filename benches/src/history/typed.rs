//! One writer's history: what it takes on disk and in memory, how soon it can be read and written, its old texts, and
//! what goes to another device.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use fastrand::Rng;
use ropey::Rope;
use tempfile::TempDir;

use super::automerge::Automerge;
use super::diamond::Diamond;
use super::loro::Loro;
use super::peer::typed;
use super::yrs::Yrs;
use super::{BURST, ours, unless_left_out};
use crate::child::{self, Task};
use crate::measure::{Cost, median, percentile};
use crate::plan::Plan;
use crate::report::{Table, aim, count, duration, ratio, size};
use crate::trace::{Edit, Trace};

/// A document with a trace typed into it, as one contender keeps it.
pub(super) trait Subject {
    fn name(&self) -> &'static str;

    /// The whole history, on disk.
    fn history_bytes(&self) -> u64;

    /// A line on how it lies there.
    fn remark(&self) -> Option<String> {
        None
    }

    /// Opens what is stored, reads the text and makes an edit; what is stored stays as it is.
    fn open(&mut self) -> Result<Opened>;

    /// The text at one of the versions that were asked for.
    fn text_at(&mut self, version: usize) -> Result<(String, Cost)>;

    /// Sends all, and the end of the trace, to somebody who lacks it.
    fn exchange(&mut self) -> Result<Exchange>;

    /// Stores it at a place where nothing is, for a process of its own to open; gives what is to be done there.
    fn store(&self, place: &Path) -> Result<(Task, PathBuf)>;
}

/// What opening took.
pub(super) struct Opened {
    pub(super) text: String,
    /// To the text in hand.
    pub(super) open: Cost,
    /// The text once more.
    pub(super) text_alone: Cost,
    /// The caller's part of the first edit, where it does not wait for all of it.
    pub(super) splice: Option<Cost>,
    /// The first edit, all of it.
    pub(super) first_edit: Cost,
}

/// What an exchange took.
pub(super) struct Exchange {
    /// The text of a receiver of all.
    pub(super) text: String,
    pub(super) all_bytes: u64,
    pub(super) delta_bytes: u64,
    pub(super) send_all: Cost,
    pub(super) send_delta: Cost,
    pub(super) take_all: Cost,
    pub(super) take_delta: Cost,
}

/// All figures of a contender for a trace.
pub(super) struct Figures {
    pub(super) name: &'static str,
    pub(super) bytes: u64,
    remark: Option<String>,
    openings: Vec<Opened>,
    /// Old texts; `None` if there is one that it does not give.
    versions: Option<Vec<Cost>>,
    exchanges: Vec<Exchange>,
    /// Bytes that a process needs more than one that does nothing.
    resident: Option<f64>,
}

/// Measures a trace; the main one with everything.
pub(super) fn measure(plan: &Plan, trace: &Trace, main: bool) -> Result<Vec<Figures>> {
    let edits = &trace.edits;
    let texts = texts(edits, if main { plan.versions } else { plan.versions / 4 });
    let stops: Vec<usize> = texts.iter().map(|(stop, _)| *stop).collect();
    let basic = |edit: &Edit| edit.insert.chars().all(|character| character.len_utf16() == 1);
    ensure!(edits.iter().all(basic), "diamond-types counts characters, and {} has longer ones", trace.name);

    type Prepare = fn(&[Edit], &[usize]) -> Result<Box<dyn Subject>>;
    let contenders: [Prepare; 5] =
        [ours::typed, typed::<Loro>, typed::<Automerge>, typed::<Yrs>, typed::<Diamond>];
    let mut subjects = Vec::new();
    for prepare in contenders {
        let subject = prepare(edits, &stops)?;
        plan.say(&format!("history: {}, typed into {}", trace.name, subject.name()));
        subjects.push(subject);
    }
    let figures = |subject: &dyn Subject| Figures {
        name: subject.name(),
        bytes: subject.history_bytes(),
        remark: subject.remark(),
        openings: Vec::new(),
        versions: Some(Vec::new()),
        exchanges: Vec::new(),
        resident: None,
    };
    let mut all: Vec<Figures> = subjects.iter().map(|subject| figures(&**subject)).collect();
    for round in 0..plan.history_rounds {
        plan.say(&format!("history: {}, opening, round {}", trace.name, round + 1));
        for (subject, figures) in subjects.iter_mut().zip(&mut all) {
            let opened = subject.open()?;
            ensure!(opened.text == trace.end, "{} opens another text than was typed", figures.name);
            figures.openings.push(opened);
        }
    }
    plan.say(&format!("history: {}, {} old texts", trace.name, texts.len()));
    let mut order: Vec<usize> = (0..texts.len()).collect();
    Rng::with_seed(11).shuffle(&mut order);
    for place in order {
        for (subject, figures) in subjects.iter_mut().zip(&mut all) {
            let Some(versions) = &mut figures.versions else { continue };
            let cost = subject.text_at(place).and_then(|(text, cost)| {
                ensure!(text == texts[place].1, "the text after {} edits is another", stops[place]);
                Ok(cost)
            });
            match unless_left_out(plan, figures.name, cost)? {
                Some(cost) => versions.push(cost),
                None => figures.versions = None,
            }
        }
    }
    if main {
        for round in 0..plan.history_rounds {
            plan.say(&format!("history: {}, exchange, round {}", trace.name, round + 1));
            for (subject, figures) in subjects.iter_mut().zip(&mut all) {
                let exchange = subject.exchange().and_then(|exchange| {
                    ensure!(exchange.text == trace.end, "another text arrives than was typed");
                    Ok(exchange)
                });
                figures.exchanges.extend(unless_left_out(plan, figures.name, exchange)?);
            }
        }
        resident(&subjects, &mut all, trace)?;
    }
    Ok(all)
}

/// The texts after random bursts, and how many edits that is each time.
fn texts(edits: &[Edit], number: usize) -> Vec<(usize, String)> {
    let bursts = edits.len() / BURST;
    let mut chosen = Rng::with_seed(5).choose_multiple(1..=bursts, number.min(bursts));
    chosen.sort_unstable();
    let mut chosen = chosen.into_iter().peekable();
    let (mut rope, mut texts) = (Rope::new(), Vec::new());
    for (burst, edits) in edits.chunks(BURST).enumerate() {
        for edit in edits {
            let (start, end) = (rope.utf16_cu_to_char(edit.at), rope.utf16_cu_to_char(edit.at + edit.delete));
            rope.remove(start..end);
            rope.insert(start, &edit.insert);
        }
        if chosen.next_if_eq(&(burst + 1)).is_some() {
            texts.push(((burst + 1) * BURST, rope.to_string()));
        }
    }
    texts
}

fn resident(subjects: &[Box<dyn Subject>], all: &mut [Figures], trace: &Trace) -> Result<()> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let idle = child::run(Task::Nothing, folder.path(), folder.path())?.peak;
    for (place, (subject, figures)) in subjects.iter().zip(all).enumerate() {
        let (task, stored) = subject.store(&folder.path().join(place.to_string()))?;
        let outcome = child::run(task, folder.path(), &stored)?;
        ensure!(outcome.count == trace.end.len() as u64 + 1, "{} held another text", figures.name);
        figures.resident = outcome.peak.zip(idle).map(|(peak, idle)| peak.saturating_sub(idle) as f64);
    }
    Ok(())
}

fn cpu<'a>(costs: impl IntoIterator<Item = &'a Cost>) -> f64 {
    median(costs.into_iter().map(|cost| cost.cpu))
}

fn wall<'a>(costs: impl IntoIterator<Item = &'a Cost>) -> f64 {
    median(costs.into_iter().map(|cost| cost.wall))
}

/// The bytes of every trace: (name, edits, bytes by contender).
pub(super) fn bytes_table(rows: &[(String, String, Vec<Option<u64>>)], names: &[&str]) -> String {
    let mut columns = vec!["trace (edits)"];
    columns.extend(names);
    columns.push("part of loro's");
    let mut table = Table::new(&columns);
    for (name, edits, bytes) in rows {
        let ours = bytes.first().copied().flatten().unwrap_or_default() as f64;
        let mut row = vec![format!("{name} ({edits})")];
        row.push(count(ours as u64));
        row.extend(bytes[1..].iter().map(|bytes| match bytes {
            Some(bytes) => format!("{} ({})", count(*bytes), ratio(*bytes as f64, ours)),
            None => "–".into(),
        }));
        row.push(match bytes[1] {
            Some(loro) => {
                aim(ours / loro as f64, 0.400_001, &format!("{:.1} %; ≤ 40 %", 100.0 * ours / loro as f64))
            }
            None => "–".into(),
        });
        table.row(&row);
    }
    table.finish()
}

/// A remark on the engine's main history and whether its aim is reached.
pub(super) fn bytes_remark(main: &[Figures]) -> String {
    let ours = &main[0];
    let verdict = aim(ours.bytes as f64, 75_001.0, "≤ 75,000 bytes");
    format!("\nThe first trace: {verdict}. {}\n", ours.remark.as_deref().unwrap_or_default())
}

/// Opening and the first edit, for the main trace.
pub(super) fn open_table(main: &[Figures]) -> String {
    let mut table = Table::new(&[
        "",
        "open to the text",
        "against WriteMagic",
        "the text alone",
        "first edit",
        "against WriteMagic",
        "resident, all of it",
        "aim",
    ]);
    let open = |figures: &Figures| cpu(figures.openings.iter().map(|opened| &opened.open));
    let edit = |figures: &Figures| cpu(figures.openings.iter().map(|opened| &opened.first_edit));
    let (our_open, our_edit) = (open(&main[0]), edit(&main[0]));
    for (place, figures) in main.iter().enumerate() {
        let ours = place == 0;
        table.row(&[
            figures.name.into(),
            duration(open(figures)),
            if ours { "1".into() } else { ratio(open(figures), our_open) },
            duration(cpu(figures.openings.iter().map(|opened| &opened.text_alone))),
            duration(edit(figures)),
            if ours { "1".into() } else { ratio(edit(figures), our_edit) },
            figures.resident.map_or("–".into(), size),
            if ours {
                format!(
                    "open {}, first edit {}",
                    aim(our_open, 500e3, "< 0.5 ms"),
                    aim(our_edit, 5e3, "< 5 µs")
                )
            } else {
                String::new()
            },
        ]);
    }
    let openings = &main[0].openings;
    let splices: Vec<&Cost> = openings.iter().filter_map(|opened| opened.splice.as_ref()).collect();
    format!(
        "{}\nOf WriteMagic's first edit the caller waits {} for `splice`, CPU; the rest is opening the session and making the \
         edit durable. On the wall its opening to the text took {}, the text alone {}, the first edit {}.\n",
        table.finish(),
        duration(cpu(splices)),
        duration(wall(openings.iter().map(|opened| &opened.open))),
        duration(wall(openings.iter().map(|opened| &opened.text_alone))),
        duration(wall(openings.iter().map(|opened| &opened.first_edit))),
    )
}

/// Opening and the first edit, for the other traces.
pub(super) fn open_rows(rows: &[(String, Vec<Figures>)]) -> String {
    let Some((_, first)) = rows.first() else { return String::new() };
    let mut columns = vec!["trace"];
    columns.extend(first.iter().map(|figures| figures.name));
    let mut table = Table::new(&columns);
    for (name, all) in rows {
        let mut row = vec![name.clone()];
        row.extend(all.iter().map(|figures| {
            let open = cpu(figures.openings.iter().map(|opened| &opened.open));
            let edit = cpu(figures.openings.iter().map(|opened| &opened.first_edit));
            format!("{} / {}", duration(open), duration(edit))
        }));
        table.row(&row);
    }
    table.finish()
}

/// Old texts, mean and worst, of every trace.
pub(super) fn version_table(rows: &[(String, Vec<Figures>)]) -> String {
    let Some((_, first)) = rows.first() else { return String::new() };
    let mut columns = vec!["trace (versions)"];
    columns.extend(first.iter().map(|figures| figures.name));
    columns.push("aim");
    let mut table = Table::new(&columns);
    let mean_and_worst = |figures: &Figures| {
        let costs = figures.versions.as_ref()?.iter().map(|cost| cost.cpu);
        let mean = costs.clone().sum::<f64>() / costs.len().max(1) as f64;
        Some((mean, percentile(costs, 1.0)))
    };
    for (name, all) in rows {
        let number = all[0].versions.as_ref().map_or(0, Vec::len);
        let mut row = vec![format!("{name} ({number})")];
        row.extend(all.iter().map(|figures| match mean_and_worst(figures) {
            Some((mean, worst)) => format!("{} / {}", duration(mean), duration(worst)),
            None => "–".into(),
        }));
        row.push(mean_and_worst(&all[0]).map_or(String::new(), |(mean, worst)| {
            format!("{}, {}", aim(mean, 500e3, "mean < 0.5 ms"), aim(worst, 2e6, "worst < 2 ms"))
        }));
        table.row(&row);
    }
    table.finish()
}

/// What goes to another device, for the main trace.
pub(super) fn exchange_table(main: &[Figures]) -> String {
    let mut table = Table::new(&[
        "",
        "all, bytes",
        "sent",
        "taken in",
        "the last 1,000 edits, bytes",
        "bytes against WriteMagic",
        "sent",
        "taken in",
    ]);
    let ours = main[0].exchanges.first().map_or(0.0, |exchange| exchange.delta_bytes as f64);
    for (place, figures) in main.iter().enumerate() {
        let exchanges = &figures.exchanges;
        let Some(last) = exchanges.last() else { continue };
        let of = |cost: fn(&Exchange) -> &Cost| duration(cpu(exchanges.iter().map(cost)));
        table.row(&[
            figures.name.into(),
            count(last.all_bytes),
            of(|exchange| &exchange.send_all),
            of(|exchange| &exchange.take_all),
            count(last.delta_bytes),
            if place == 0 { "1".into() } else { ratio(last.delta_bytes as f64, ours) },
            of(|exchange| &exchange.send_delta),
            of(|exchange| &exchange.take_delta),
        ]);
    }
    table.finish()
}
