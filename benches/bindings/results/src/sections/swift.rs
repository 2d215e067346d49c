//! *Swift calls*.

use anyhow::Result;
use bench_report::tables::{Table, count, ratio};

use super::{Bench, lengths, of_the_clock};
use crate::measured::{Measured, UNIFFI, WRITEMAGIC};

const BENCHES: [Bench; 10] = [
    Bench { name: "checked", what: "an object that does nothing", times: None },
    Bench { name: "number", what: "a number of a session's", times: None },
    Bench { name: "character", what: "`splice` of 1 UTF-16 unit", times: None },
    Bench { name: "sentence", what: "`splice` of 100 units", times: None },
    Bench { name: "counts", what: "all counts of a text of 100 kB", times: None },
    Bench { name: "out", what: "100 kB out, as `Data`", times: None },
    Bench { name: "outString", what: "100 kB out, as a `String`", times: None },
    Bench { name: "in", what: "100 kB in, as `Data`", times: None },
    Bench { name: "inString", what: "100 kB in, as a `String`", times: None },
    Bench { name: "search", what: "a search with 20 hits", times: None },
];

/// The body of the section; with what the same calls take from Kotlin where a JVM has measured them beside.
pub(crate) fn write(swift: &Measured, kotlin: Option<&Measured>) -> Result<String> {
    let clock = swift.of("clock", "")?.middle();
    let mut times = Table::new(&["", "median", "p99", "p99.9", "longest", "calls"]);
    let mut ratios =
        Table::new(&["", "against UniFFI: median", "p99", "p99.9", "against Kotlin: median", "p99"]);
    for bench in BENCHES {
        let ours = swift.of(bench.name, WRITEMAGIC)?;
        let mut row = |name: &str, waits, clock| {
            let [median, p99, p999, longest] = lengths(waits, clock);
            times.row(&[format!("{}: {name}", bench.what), median, p99, p999, longest, count(waits.calls())]);
        };
        row("Swift", ours, clock);
        row("UniFFI's Swift", swift.of(bench.name, UNIFFI)?, clock);
        let mut beside = [String::new(), String::new()];
        if let Some(kotlin) = kotlin
            && let Ok(theirs) = kotlin.of(bench.name, WRITEMAGIC)
        {
            let clock_there = kotlin.of("clock", "")?.middle();
            row("Kotlin", theirs, clock_there);
            let median = ratio(theirs.middle() - clock_there, (ours.middle() - clock).max(1.0));
            beside = [median, ratio(theirs.percentile(0.99), ours.percentile(0.99).max(1.0))];
        }
        let [median, p99, p999, _] = bench.against(swift, clock)?;
        let [median_beside, p99_beside] = beside;
        ratios.row(&[bench.what.into(), median, p99, p999, median_beside, p99_beside]);
    }
    let jvm = kotlin.map_or("no JVM".to_owned(), |kotlin| format!("{}, JMH 1.37", kotlin.machine));
    let head = format!("{}, UniFFI 0.32.2; {jvm}.", swift.machine);
    let [times, ratios] = [times, ratios].map(Table::finish);
    Ok(format!("{head}\n\n{times}\n{ratios}\n{NOTES}\n{}\n", of_the_clock(clock)))
}

const NOTES: &str = "- Wall time of the calling thread, in processes of their own, the sides by turns in each of the rounds; the first second of each bench is not \
measured. Ratios above 1 mean that WriteMagic's Swift takes less time. One set of benches asks both sides, and both sides one engine; Kotlin's are those of *Kotlin calls*, \
with the same texts, one process each in the same run.
- UniFFI: objects, records and errors by its macros, Swift as it generates it. WriteMagic's Swift goes through UniFFI, too, with functions that all can \
fail, bytes in the place of records, and handles that are looked up and checked: what is measured is what that costs, or saves.
- `splice` takes the place of as many units in a document of 100 kB, further on each time, in bursts of 256 calls. The wait for the disk behind a burst is not \
counted; the next call finds the writer asleep and wakes it. A text of 100 kB takes the place of one as long, in bursts of 16. *Counts* are those of a text that \
does not change meanwhile. *Out* is the text of an open session, put together by the engine for each call.
- A search is asked of 300 notes by a task that waits for its answer, on a thread for what waits for the disk; its hits come with titles, snippets and ranges.";
