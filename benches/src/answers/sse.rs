//! Event streams, read in chunks as networks bring them.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use cpu_time::ThreadTime;

use super::contenders::{CONTENDERS, Read};
use super::streams;
use crate::measure::{median, nanoseconds};
use crate::plan::Plan;
use crate::report::{Table, digits};

/// Each sample lasts at least so long.
const SAMPLE: Duration = Duration::from_millis(20);
/// Bytes that come at a time, and what brings so many.
const CHUNKS: [(usize, &str); 3] =
    [(16 << 10, "16 KiB, a record of TLS"), (1_400, "1,400 bytes, a packet"), (100, "100 bytes")];

pub(super) fn measure(plan: &Plan) -> Result<String> {
    let mut head = vec!["", "chunks of"];
    head.extend(CONTENDERS.iter().map(|(name, _)| *name));
    head.extend(["against the best", "aim"]);
    let mut table = Table::new(&head);
    for streamed in streams::all(plan.answer_pieces) {
        for (length, chunks_of) in CHUNKS {
            let chunks: Vec<Bytes> = streamed.bytes.chunks(length).map(Bytes::copy_from_slice).collect();
            let times = contest(plan, &chunks, streamed.events)?;
            let gigabytes = |time: f64| streamed.bytes.len() as f64 / time;
            let best = times.iter().skip(1).copied().fold(f64::INFINITY, f64::min);
            let ahead = best / times[0];
            let mut row = vec![streamed.name.to_owned(), chunks_of.to_owned()];
            row.extend(times.iter().map(|time| digits(gigabytes(*time))));
            row.push(format!("{}×", digits(ahead)));
            row.push(if ahead >= 3.0 { "reached (≥ 3×)".into() } else { "**missed** (≥ 3×)".into() });
            table.row(&row);
        }
    }
    Ok(table.finish())
}

/// What each contender takes for these chunks, in ns.
fn contest(plan: &Plan, chunks: &[Bytes], events: usize) -> Result<Vec<f64>> {
    let mut repeats = Vec::new();
    let mut first: Option<Read> = None;
    for (name, reader) in CONTENDERS {
        let read = reader(chunks)?;
        ensure!(read.events == events && *first.get_or_insert(read) == read, "{name} reads something else");
        let took = timed(|| reader(chunks), 1)?;
        repeats.push((nanoseconds(SAMPLE) / took.max(1.0)).ceil() as u32);
    }
    let mut samples = vec![Vec::new(); CONTENDERS.len()];
    for _ in 0..plan.answer_rounds {
        for (((_, reader), repeats), samples) in CONTENDERS.iter().zip(&repeats).zip(&mut samples) {
            samples.push(timed(|| reader(chunks), *repeats)?);
        }
    }
    Ok(samples.into_iter().map(median).collect())
}

fn timed(mut work: impl FnMut() -> Result<Read>, repeats: u32) -> Result<f64> {
    let start = ThreadTime::try_now()?;
    for _ in 0..repeats {
        black_box(work()?);
    }
    Ok(nanoseconds(start.try_elapsed()?) / f64::from(repeats))
}
