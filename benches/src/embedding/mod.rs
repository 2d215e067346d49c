//! Texts as vectors, and scans over many of them, against the crates that people would take instead.

mod encode;
mod scan;

use std::hint::black_box;

use anyhow::Result;
use cpu_time::ThreadTime;
use writemagic::text::dispatch::{self, Path};

use crate::measure::{median, nanoseconds};
use crate::plan::Plan;

/// Each sample lasts at least so long, in ns: the clock's own cost does not show.
const SAMPLE: f64 = 4e6;

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let mut body = HEAD.to_owned();
    plan.say("embedding: sentences");
    body += "\n### Sentences to vectors\n\n";
    body += &encode::measure(plan)?;
    plan.say("embedding: scans");
    body += "\n### One query against every vector, ms\n\n";
    body += &scan::measure(plan)?;
    Ok(body + NOTES)
}

const HEAD: &str = "One thread's processor time, medians of interleaved rounds. 128 dimensions.\n";

const NOTES: &str = "
- WriteMagic stands once for every path that this processor has; the first one is what it takes by itself. Both AVX-512 \
paths use VNNI where the processor has it.
- All contenders give the same tokens and the same dot products, which is checked.
- *A sum* adds the table's rows, dequantised to 32-bit floating point (15.6 MB), for each token, and divides by the length.
- The scan of bits reads an eighth of what the others read: a first sieve, whose hits want an \
exact look.
";

/// Something to measure: what it is called, and one go of it.
struct Contender<'a> {
    name: String,
    run: Box<dyn FnMut() -> Result<()> + 'a>,
}

impl<'a> Contender<'a> {
    fn new(name: impl Into<String>, run: impl FnMut() -> Result<()> + 'a) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// The engine on one path.
    fn on(path: Path, mut run: impl FnMut() -> Result<()> + 'a) -> Self {
        Self::new(format!("WriteMagic, {path:?}"), move || {
            dispatch::force(Some(path))?;
            let done = run();
            dispatch::force(None)?;
            done
        })
    }
}

/// What one go of each takes, in ns: they take turns, and the median over the rounds counts.
fn turns(contenders: &mut [Contender<'_>], rounds: usize) -> Result<Vec<f64>> {
    let mut samples = vec![Vec::new(); contenders.len()];
    let mut repeats = Vec::new();
    for contender in contenders.iter_mut() {
        // The first go warms caches, the second says how many fill a sample.
        timed(contender, 1)?;
        repeats.push((SAMPLE / timed(contender, 1)?.max(1.0)).ceil().max(1.0) as u32);
    }
    for _ in 0..rounds {
        for ((contender, repeats), samples) in contenders.iter_mut().zip(&repeats).zip(&mut samples) {
            samples.push(timed(contender, *repeats)?);
        }
    }
    Ok(samples.into_iter().map(median).collect())
}

fn timed(contender: &mut Contender<'_>, repeats: u32) -> Result<f64> {
    let start = ThreadTime::try_now()?;
    for _ in 0..repeats {
        black_box((contender.run)()?);
    }
    Ok(nanoseconds(start.try_elapsed()?) / f64::from(repeats))
}
