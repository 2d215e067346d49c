//! *Kotlin calls*.

use anyhow::Result;
use bench_report::tables::{Table, aim, count, duration};

use super::{Bench, lengths, of_the_clock};
use crate::measured::{Measured, UNIFFI, WRITEMAGIC};

const SMALL: Option<f64> = Some(50.0);
const DOCUMENT: Option<f64> = Some(3.0);

const BENCHES: [Bench; 10] = [
    Bench { name: "empty", what: "a function that does nothing", times: SMALL },
    Bench { name: "checked", what: "an object that does nothing", times: SMALL },
    Bench { name: "number", what: "a number of a session's", times: None },
    Bench { name: "character", what: "`splice` of 1 UTF-16 unit", times: SMALL },
    Bench { name: "sentence", what: "`splice` of 100 units", times: SMALL },
    Bench { name: "counts", what: "all counts of a text of 100 kB", times: None },
    Bench { name: "out", what: "100 kB out, as an array", times: DOCUMENT },
    Bench { name: "in", what: "100 kB in, as an array", times: DOCUMENT },
    Bench { name: "inBuffer", what: "100 kB in, as a direct buffer", times: DOCUMENT },
    Bench { name: "search", what: "a search with 20 hits", times: None },
];

/// The most that a checked call takes beyond what the JVM does, in ns.
const CHECKED: f64 = 60.0;
/// The most that a `splice` of one character takes, in ns.
const SPLICE: f64 = 200.0;

/// The body of the section.
pub(crate) fn write(measured: &Measured) -> Result<String> {
    let clock = measured.of("clock", "")?.middle();
    let floor = measured.of("floor", "")?;
    let mut times = Table::new(&["", "median", "p99", "p99.9", "longest", "calls"]);
    let [median, p99, p999, longest] = lengths(floor, clock);
    let name = "an empty native method, without a guard".into();
    times.row(&[name, median, p99, p999, longest, count(floor.calls())]);
    let mut ratios = Table::new(&["WriteMagic against UniFFI", "median", "p99", "p99.9", "aim"]);
    for bench in BENCHES {
        for (side, name) in [(WRITEMAGIC, "WriteMagic"), (UNIFFI, "UniFFI")] {
            let waits = measured.of(bench.name, side)?;
            let [median, p99, p999, longest] = lengths(waits, clock);
            times.row(&[format!("{}: {name}", bench.what), median, p99, p999, longest, count(waits.calls())]);
        }
        let [median, p99, p999, aim] = bench.against(measured, clock)?;
        ratios.row(&[bench.what.into(), median, p99, p999, aim]);
    }
    let checked = measured.of("checked", WRITEMAGIC)?.middle() - floor.middle();
    let splice = measured.of("character", WRITEMAGIC)?.middle() - clock;
    let mut aims = Table::new(&["", "median", "aim"]);
    let below = |most: f64| format!("< {most} ns");
    let checked_aim = aim(checked, CHECKED, &below(CHECKED));
    aims.row(&[
        "an object that does nothing, beyond an empty native method".into(),
        duration(checked),
        checked_aim,
    ]);
    aims.row(&["`splice` of 1 UTF-16 unit".into(), duration(splice), aim(splice, SPLICE, &below(SPLICE))]);
    let head = format!("{}, UniFFI 0.32.2 and JNA 5.19.1, JMH 1.37.", measured.machine);
    let [times, ratios, aims] = [times, ratios, aims].map(Table::finish);
    let clock = of_the_clock(clock);
    Ok(format!("{head}\n\n{times}\n{ratios}\n{aims}\n{NOTES}\n{clock}\n"))
}

const NOTES: &str = "- Wall time of the calling thread, in processes of their own, the sides by turns in each of the rounds; five seconds of each process are not \
measured, in which the JVM compiles. One set of benches asks both sides, and both sides one engine.
- UniFFI: objects, records and errors by its macros, Kotlin as it generates it, called through JNA. *An object that does nothing*: with us a handle is \
looked up and checked, with UniFFI a reference is counted. *A number* is how many edits from elsewhere wait.
- `splice` takes the place of as many units in a document of 100 kB, further on each time, in bursts of 256 calls. The wait for the disk behind a burst is not \
counted; the next call finds the writer asleep and wakes it. A text of 100 kB takes the place of one as long, in bursts of 16: the first \
behind a wait finds neither side's memory in the processor's caches. *Counts* are those of a text that does not change meanwhile. *Out* is the text of an open \
session, put together by the engine for each call. *In*: WriteMagic copies the \
bytes before it looks at them, so that no other thread of the app changes them meanwhile; UniFFI reads a direct buffer where it is, and copies it then. That \
is its quickest way: both look at the bytes once and copy them once, which is nearly all that WriteMagic's call takes, and the rest of UniFFI's is the call.
- A search is asked of 300 notes by a coroutine that waits for its answer, on a thread for what waits for the disk; its hits come with titles, snippets and ranges.";
