//! Numbers as bytes and back, against the crates that people would take instead, and records with their checksums.
//!
//! The columns are those of a history's edits, from the recorded traces: where the caret went, how much was typed and
//! deleted; and numbers of all sizes. Every contender writes the same bytes and reads the same numbers, which is
//! checked.

mod contenders;
mod frames;

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use cpu_time::ThreadTime;
use fastrand::Rng;
use writemagic_shared::codec::zigzag;

use self::contenders::CONTENDERS;
use crate::measure::{median, nanoseconds};
use crate::plan::Plan;
use crate::report::{Table, digits};
use crate::trace::{self, Trace};

/// Numbers of each generated column.
const GENERATED: usize = 200_000;
/// Each sample lasts at least so long: the clock's own cost does not show.
const SAMPLE: Duration = Duration::from_millis(4);

/// Numbers of one kind.
struct Column {
    name: String,
    numbers: Vec<u64>,
}

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let columns = columns(plan)?;
    let mut body = HEAD.to_owned();
    plan.say("codec: writing");
    body += "\n### Writing varints, ns a number\n\n";
    body += &writing(plan, &columns)?;
    plan.say("codec: reading");
    body += "\n### Reading varints, ns a number\n\n";
    body += &reading(plan, &columns)?;
    plan.say("codec: records");
    body += "\n### Records with checksums, GB a second\n\n";
    body += &frames::measure(plan)?;
    Ok(body + NOTES)
}

const HEAD: &str = "One thread's processor time, medians of interleaved rounds.\n";

const NOTES: &str = "
- All write LEB128. vint32 takes numbers of 32 bits; – where a column has longer ones.
- *By the column* knows how many numbers there are and writes or reads them in one call; *one by one* is a call for each.
- *Against the best*: of ours by the column, above 1 it is ahead.
";

fn columns(plan: &Plan) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    if let Some(trace) = trace::all(plan.edits)?.first() {
        columns.extend(columns_of(trace));
    }
    let mut rng = Rng::with_seed(3);
    let mut generated = |name: &str, number: fn(&mut Rng) -> u64| Column {
        name: name.to_owned(),
        numbers: (0..GENERATED).map(|_| number(&mut rng)).collect(),
    };
    columns.push(generated("any length up to 32 bits", |rng| rng.u64(..1 << 32) >> rng.u32(..32)));
    columns.push(generated("any length up to 64 bits", |rng| rng.u64(..) >> rng.u32(..64)));
    columns.push(generated("64 bits", |rng| rng.u64(..)));
    Ok(columns)
}

/// How far each edit is from where the one before left the caret, and how long it is.
fn columns_of(trace: &Trace) -> [Column; 3] {
    let mut caret = 0;
    let mut moves = Vec::new();
    for edit in &trace.edits {
        moves.push(zigzag(edit.at as i64 - caret));
        caret = (edit.at + edit.insert.encode_utf16().count()) as i64;
    }
    // A column of the history's own has runs of edits; jumps are what its carets are about.
    let jumps = moves.iter().copied().filter(|distance| *distance != 0).collect();
    let lengths =
        trace.edits.iter().flat_map(|edit| [edit.delete as u64, edit.insert.len() as u64]).collect();
    let name = |what: &str| format!("{what}, {}", trace.name);
    [
        Column { name: name("carets"), numbers: moves },
        Column { name: name("jumps of the caret"), numbers: jumps },
        Column { name: name("lengths"), numbers: lengths },
    ]
}

fn writing(plan: &Plan, columns: &[Column]) -> Result<String> {
    table(plan, columns, |place, column| {
        let contender = &CONTENDERS[place];
        let mut expected = Vec::new();
        CONTENDERS[0].write(&column.numbers, &mut expected);
        let mut bytes = Vec::new();
        contender.write(&column.numbers, &mut bytes);
        ensure!(bytes == expected, "{} writes something else", contender.name);
        Ok(Box::new(move || {
            bytes.clear();
            contender.write(black_box(&column.numbers), &mut bytes);
            black_box(&bytes);
        }))
    })
}

fn reading(plan: &Plan, columns: &[Column]) -> Result<String> {
    table(plan, columns, |place, column| {
        let contender = &CONTENDERS[place];
        let mut bytes = Vec::new();
        CONTENDERS[0].write(&column.numbers, &mut bytes);
        let mut numbers = Vec::new();
        contender.read(&bytes, column.numbers.len(), &mut numbers);
        ensure!(numbers == column.numbers, "{} reads something else", contender.name);
        Ok(Box::new(move || {
            numbers.clear();
            contender.read(black_box(&bytes), column.numbers.len(), &mut numbers);
            black_box(&numbers);
        }))
    })
}

/// Work that is measured: all of a column once.
type Work<'a> = Box<dyn FnMut() + 'a>;

fn table<'a>(
    plan: &Plan,
    columns: &'a [Column],
    work_of: impl Fn(usize, &'a Column) -> Result<Work<'a>>,
) -> Result<String> {
    let mut head = vec!["", "numbers", "bytes a number"];
    head.extend(CONTENDERS.iter().map(|contender| contender.name));
    head.push("against the best");
    let mut table = Table::new(&head);
    for column in columns {
        let longest = column.numbers.iter().copied().max().unwrap_or(0);
        let takes_part = |place: &usize| longest <= CONTENDERS[*place].most;
        let places: Vec<usize> = (0..CONTENDERS.len()).filter(takes_part).collect();
        let mut work = places.iter().map(|place| work_of(*place, column)).collect::<Result<Vec<_>>>()?;
        let times = contest(&mut work, plan.text_rounds)?;
        let mut bytes = Vec::new();
        CONTENDERS[0].write(&column.numbers, &mut bytes);
        let count = column.numbers.len() as f64;
        let mut row =
            vec![column.name.clone(), column.numbers.len().to_string(), digits(bytes.len() as f64 / count)];
        let time_of =
            |place: usize| places.iter().position(|other| *other == place).map(|at| times[at] / count);
        row.extend((0..CONTENDERS.len()).map(|place| time_of(place).map_or("–".to_owned(), digits)));
        let peers = (0..CONTENDERS.len()).filter(|place| !CONTENDERS[*place].is_ours()).filter_map(time_of);
        let best = peers.min_by(f64::total_cmp);
        row.push(match (time_of(0), best) {
            (Some(ours), Some(best)) if ours > 0.0 => format!("{}×", digits(best / ours)),
            _ => "–".to_owned(),
        });
        table.row(&row);
    }
    Ok(table.finish())
}

/// Lets the contenders take turns; what each takes for its work once, in ns, the median over `rounds`.
fn contest(work: &mut [Work<'_>], rounds: usize) -> Result<Vec<f64>> {
    let mut repeats = Vec::new();
    for work in work.iter_mut() {
        // The first call warms caches, the second says how many fill a sample.
        work();
        repeats.push((nanoseconds(SAMPLE) / timed(work, 1)?.max(1.0)).ceil() as u32);
    }
    let mut samples = vec![Vec::new(); work.len()];
    for _ in 0..rounds {
        for ((work, repeats), samples) in work.iter_mut().zip(&repeats).zip(&mut samples) {
            samples.push(timed(work, *repeats)?);
        }
    }
    Ok(samples.into_iter().map(median).collect())
}

/// What `work` takes once, in ns.
fn timed(work: &mut Work<'_>, repeats: u32) -> Result<f64> {
    let start = ThreadTime::try_now()?;
    (0..repeats).for_each(|_| work());
    Ok(nanoseconds(start.try_elapsed()?) / f64::from(repeats))
}
