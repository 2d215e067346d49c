//! The same text through several implementations in turn, in processor time of this thread.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use cpu_time::ThreadTime;
use writemagic::text::dispatch::{self, Path};

use crate::measure::{median, nanoseconds};
use crate::report::digits;

/// Each sample lasts at least so long: the clock's own cost does not show.
const SAMPLE: Duration = Duration::from_millis(4);

/// An implementation: takes a text, gives a count that shows whether it found the same as the others.
pub(super) struct Contender<'a> {
    pub(super) name: String,
    pub(super) run: Box<dyn FnMut(&str) -> u64 + 'a>,
}

/// How the engine's names begin.
const OURS: &str = "WriteMagic";

impl<'a> Contender<'a> {
    /// The engine on one path.
    pub(super) fn on(path: Path, mut run: impl FnMut(&str) -> u64 + 'a) -> Self {
        Self::new(format!("{OURS}, {path:?}"), move |text| {
            // A path that is available can be chosen.
            let _ = dispatch::force(Some(path));
            let count = run(text);
            let _ = dispatch::force(None);
            count
        })
    }

    pub(super) fn new(name: impl Into<String>, run: impl FnMut(&str) -> u64 + 'a) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// What one contender reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    /// Bytes of UTF-8 a nanosecond: GB/s.
    pub(super) speed: f64,
    pub(super) answer: u64,
}

impl Figure {
    /// The speed as a cell, marked where the answer is not `ours`.
    pub(super) fn cell(&self, ours: &Figure) -> String {
        format!("{}{}", digits(self.speed), if self.answer == ours.answer { "" } else { "*" })
    }
}

/// Whether a contender of this name is the engine.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(OURS)
}

/// Lets the contenders take turns, each with its own text; the median over `rounds`.
pub(super) fn contest<'t>(
    contenders: &mut [Contender<'_>],
    text_of: impl Fn(&str) -> &'t str,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let mut repeats = Vec::new();
    let mut answers = Vec::new();
    let texts: Vec<&str> = contenders.iter().map(|contender| text_of(&contender.name)).collect();
    for (contender, text) in contenders.iter_mut().zip(&texts) {
        // The first call warms caches and tables, the second says how many fill a sample.
        answers.push((contender.run)(text));
        let once = nanoseconds(timed(contender, text, 1)?).max(1.0);
        repeats.push((nanoseconds(SAMPLE) / once).ceil().max(1.0) as u32);
    }
    let mut samples = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        for (place, samples) in samples.iter_mut().enumerate() {
            let time = timed(&mut contenders[place], texts[place], repeats[place])?;
            samples.push(nanoseconds(time) / f64::from(repeats[place]));
        }
    }
    let figure = |place: usize, samples: Vec<f64>| Figure {
        speed: texts[place].len() as f64 / median(samples),
        answer: answers[place],
    };
    Ok(samples.into_iter().enumerate().map(|(place, samples)| figure(place, samples)).collect())
}

fn timed(contender: &mut Contender<'_>, text: &str, repeats: u32) -> Result<Duration> {
    let start = ThreadTime::try_now()?;
    for _ in 0..repeats {
        black_box((contender.run)(black_box(text)));
    }
    Ok(start.try_elapsed()?)
}
