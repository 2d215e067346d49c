//! The life of a keystroke: what one durable edit costs, in bursts of 20 as typing makes them.
//!
//! Every contender plays the same trace in UTF-16 units, from an empty text, into a database of its own with
//! the same settings (WAL, `synchronous=NORMAL`), and makes each burst durable before the next. After the first
//! round the text is read back from what was stored and compared with the trace's end.

mod automerge;
mod loro;
mod rows;
mod typing;
mod writemagic;

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::measure::{Cost, cost_of, median, nanoseconds, percentile};
use crate::plan::Plan;
use crate::report::{Table, aim, count, duration, ratio, size};
use crate::trace::{self, Edit, Trace};

/// Edits that become durable together.
const BURST: usize = 20;

/// Who takes part: how it opens an empty document in a folder, and how it reads the text back from there.
struct Contender {
    name: &'static str,
    open: fn(&Path) -> Result<Box<dyn Typing>>,
    read_back: fn(&Path) -> Result<String>,
}

/// A document that is being typed into.
trait Typing {
    /// Takes one edit.
    fn edit(&mut self, edit: &Edit) -> Result<()>;

    /// Returns when every edit so far survives the death of the process.
    fn make_durable(&mut self) -> Result<()>;

    /// Does what is left to do when the document is closed.
    fn close(self: Box<Self>) -> Result<()>;
}

const CONTENDERS: [Contender; 5] =
    [writemagic::CONTENDER, rows::PER_KEYSTROKE, rows::PER_BURST, loro::CONTENDER, automerge::CONTENDER];

/// What one contender took for one trace, round by round, and the bytes it left on disk.
#[derive(Default)]
struct Figures {
    costs: Vec<Cost>,
    bytes: u64,
}

impl Figures {
    fn cpu_per_edit(&self, trace: &Trace) -> f64 {
        median(self.costs.iter().map(|cost| cost.cpu)) / trace.edits.len() as f64
    }

    fn wall_per_edit(&self, trace: &Trace) -> f64 {
        median(self.costs.iter().map(|cost| cost.wall)) / trace.edits.len() as f64
    }
}

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let traces = trace::all(plan.edits)?;
    let mut tables = Vec::new();
    for trace in &traces {
        let mut figures: [Figures; CONTENDERS.len()] = Default::default();
        for round in 0..plan.rounds {
            for (contender, figures) in CONTENDERS.iter().zip(&mut figures) {
                plan.say(&format!("edits: {}, round {}, {}", trace.name, round + 1, contender.name));
                play(contender, trace, round == 0, figures)?;
            }
        }
        tables.push(figures);
    }
    let mut body = main_table(&traces[0], &tables[0]);
    if traces.len() > 1 {
        body += "\nThe other traces, processor time per edit:\n\n";
        body += &other_traces(&traces[1..], &tables[1..]);
    }
    body += &splice_latency(&traces[0])?;
    body += &typing::measure()?;
    Ok(body + NOTES)
}

const NOTES: &str = "
- Processor time is the whole process's: WriteMagic's writer thread is in it, and so are the refresh of the readable \
text and of its search rows when the session closes. The peers' rows hold no more than the edits: no readable text, \
no search, no counts.
- *Row per keystroke* writes (position, deleted, inserted) in a transaction of its own, *row per keystroke, 20 in a \
transaction* the same rows a burst at a time: both can only be read by replaying them. loro and automerge store the \
update of each burst (`export` of the updates since the last one, `save_incremental`) as one row.
- Bytes are those of the database after closing; WriteMagic's hold the text, its search rows and an empty library's \
tables too.
- All read back to the trace's end text; checked in each run.
";

fn play(contender: &Contender, trace: &Trace, check: bool, figures: &mut Figures) -> Result<()> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let mut typing = (contender.open)(folder.path())?;
    let ((), cost) = cost_of(|| {
        for burst in trace.edits.chunks(BURST) {
            for edit in burst {
                typing.edit(edit)?;
            }
            typing.make_durable()?;
        }
        typing.close()
    })?;
    figures.costs.push(cost);
    figures.bytes = bytes_in(folder.path())?;
    if check {
        let text = (contender.read_back)(folder.path())?;
        ensure!(text == trace.end, "{} does not read back what was typed", contender.name);
    }
    Ok(())
}

fn main_table(trace: &Trace, figures: &[Figures]) -> String {
    let mut table = Table::new(&[
        "",
        "CPU per edit",
        "fastest to slowest round",
        "edits per CPU second",
        "wall per edit",
        "on disk",
        "CPU against WriteMagic",
        "aim",
    ]);
    let ours = figures[0].cpu_per_edit(trace);
    for (place, (contender, figures)) in CONTENDERS.iter().zip(figures).enumerate() {
        let rounds = || figures.costs.iter().map(|cost| cost.cpu / trace.edits.len() as f64);
        let cpu = figures.cpu_per_edit(trace);
        table.row(&[
            contender.name.into(),
            duration(cpu),
            format!("{} to {}", duration(percentile(rounds(), 0.0)), duration(percentile(rounds(), 1.0))),
            count((1e9 / cpu) as u64),
            duration(figures.wall_per_edit(trace)),
            size(figures.bytes as f64),
            if place == 0 { "1".into() } else { ratio(cpu, ours) },
            if place == 0 { aim(cpu, 2_000.0, "< 2 µs CPU") } else { String::new() },
        ]);
    }
    let (edits, bytes) = (count(trace.edits.len() as u64), count(trace.end.len() as u64));
    format!("Trace `{}`: {edits} edits, {bytes} bytes at the end.\n\n{}", trace.name, table.finish())
}

fn other_traces(traces: &[Trace], tables: &[[Figures; CONTENDERS.len()]]) -> String {
    let mut columns = vec!["trace (edits)"];
    columns.extend(CONTENDERS.iter().map(|contender| contender.name));
    let mut table = Table::new(&columns);
    for (trace, figures) in traces.iter().zip(tables) {
        let ours = figures[0].cpu_per_edit(trace);
        let cell = |figures: &Figures| {
            let cpu = figures.cpu_per_edit(trace);
            format!("{} ({})", duration(cpu), ratio(cpu, ours))
        };
        let mut row = vec![format!("{} ({})", trace.name, count(trace.edits.len() as u64))];
        row.push(duration(ours));
        row.extend(figures[1..].iter().map(cell));
        table.row(&row);
    }
    table.finish()
}

/// What the calling thread waits for in `splice`, edit by edit, while the writer works beside it.
fn splice_latency(trace: &Trace) -> Result<String> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let mut typing = (CONTENDERS[0].open)(folder.path())?;
    let mut waits = Vec::with_capacity(trace.edits.len());
    for burst in trace.edits.chunks(BURST) {
        for edit in burst {
            let start = Instant::now();
            typing.edit(edit)?;
            waits.push(nanoseconds(start.elapsed()));
        }
        typing.make_durable()?;
    }
    typing.close()?;
    let part = |part| duration(percentile(waits.iter().copied(), part));
    Ok(format!(
        "\nOne `splice` on the caller's thread, wall, the clock's own reading (some 25 ns) included: median {}, p99 {}, \
         p99.9 {}.\n",
        part(0.5),
        part(0.99),
        part(0.999)
    ))
}

fn bytes_in(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_in(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contender_reads_back_what_was_typed() {
        let trace = trace::all(600).unwrap().swap_remove(0);
        for contender in &CONTENDERS {
            let mut figures = Figures::default();
            play(contender, &trace, true, &mut figures).unwrap();
            assert_eq!(figures.costs.len(), 1, "{}", contender.name);
            assert!(figures.bytes > 0, "{}", contender.name);
        }
    }
}
