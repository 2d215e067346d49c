//! JMH, run in rounds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use bench_report::machine;
use serde::Deserialize;

use crate::figures::Waits;

/// How often and how long.
pub(crate) struct Plan {
    /// Processes of each bench, one a round: the sides take turns.
    rounds: u32,
    warm_up: Iterations,
    measurement: Iterations,
}

struct Iterations {
    count: u32,
    milliseconds: u32,
}

/// JNA needs five seconds until the JVM has compiled what it is going to.
pub(crate) const WHOLE: Plan = Plan {
    rounds: 2,
    warm_up: Iterations { count: 5, milliseconds: 1_000 },
    measurement: Iterations { count: 2, milliseconds: 1_000 },
};

/// To see that all of it runs.
pub(crate) const QUICK: Plan = Plan {
    rounds: 1,
    warm_up: Iterations { count: 1, milliseconds: 200 },
    measurement: Iterations { count: 1, milliseconds: 200 },
};

/// The sides, as the benches call them, and in the orders of the rounds.
pub(crate) const WRITEMAGIC: &str = "writemagic";
pub(crate) const UNIFFI: &str = "uniffi";

/// What JMH found.
pub(crate) struct Measured {
    /// The JVM.
    pub(crate) machine: String,
    waits: BTreeMap<(String, String), Waits>,
}

impl Measured {
    /// What calls of a bench took, by side; both have the empty name where there are no sides.
    pub(crate) fn of(&self, bench: &str, side: &str) -> Result<&Waits> {
        let waits = self.waits.get(&(bench.to_owned(), side.to_owned()));
        waits.filter(|waits| waits.calls() > 0).with_context(|| format!("{bench} {side} was not measured"))
    }
}

/// One bench of one round, as JMH writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    benchmark: String,
    #[serde(default)]
    params: BTreeMap<String, String>,
    jdk_version: String,
    vm_name: String,
    primary_metric: Metric,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    score_unit: String,
    /// By process and iteration: lengths, and how many calls had them.
    raw_data_histogram: Vec<Vec<Vec<(f64, u64)>>>,
}

/// Runs every bench, the sides by turns.
pub(crate) fn measure(plan: &Plan) -> Result<Measured> {
    let built = machine::benches().join("jvm").join("target");
    let mut measured = Measured { machine: String::new(), waits: BTreeMap::new() };
    for round in 0..plan.rounds {
        let sides = if round % 2 == 0 { [UNIFFI, WRITEMAGIC] } else { [WRITEMAGIC, UNIFFI] };
        let results = built.join("jmh.json");
        run(plan, &built, &results, sides)?;
        let found: Vec<Found> = serde_json::from_slice(&fs::read(&results)?).context("JMH's results")?;
        for found in found {
            take(&mut measured, found)?;
        }
    }
    Ok(measured)
}

fn take(measured: &mut Measured, found: Found) -> Result<()> {
    let Found { benchmark, params, jdk_version, vm_name, primary_metric } = found;
    if primary_metric.score_unit != "ns/op" {
        bail!("{benchmark} is measured in {}", primary_metric.score_unit);
    }
    measured.machine = format!("{vm_name} {jdk_version}");
    let bench = benchmark.rsplit('.').next().unwrap_or_default().to_owned();
    let side = params.get("side").cloned().unwrap_or_default();
    let waits = measured.waits.entry((bench, side)).or_default();
    for (nanoseconds, calls) in primary_metric.raw_data_histogram.into_iter().flatten().flatten() {
        waits.add(nanoseconds, calls);
    }
    Ok(())
}

fn run(plan: &Plan, built: &Path, results: &Path, sides: [&str; 2]) -> Result<()> {
    let classes = std::env::join_paths([built.join("classes"), built.join("dependency").join("*")])?;
    let libraries = path_in_quotes(built.join("libraries"));
    let Plan { rounds: _, warm_up, measurement } = plan;
    let arguments = [
        ("-bm", "sample".to_owned()),
        ("-tu", "ns".to_owned()),
        ("-f", "1".to_owned()),
        // A bench that fails ends the run.
        ("-foe", "true".to_owned()),
        ("-wi", warm_up.count.to_string()),
        ("-w", format!("{}ms", warm_up.milliseconds)),
        ("-i", measurement.count.to_string()),
        ("-r", format!("{}ms", measurement.milliseconds)),
        ("-p", format!("side={}", sides.join(","))),
        ("-jvmArgs", format!("-Xms1g -Xmx1g -Djava.library.path={libraries} -Djna.library.path={libraries}")),
        ("-rf", "json".to_owned()),
    ];
    let mut command = Command::new("java");
    command.arg("-cp").arg(classes).arg("org.openjdk.jmh.Main");
    command.args(arguments.iter().flat_map(|(option, value)| [*option, value.as_str()]));
    let status = command.arg("-rff").arg(results).status().context("java")?;
    if !status.success() {
        bail!("JMH failed ({status})");
    }
    Ok(())
}

/// JMH splits the arguments of its processes at spaces outside of quotes.
fn path_in_quotes(path: PathBuf) -> String {
    format!("\"{}\"", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_processes_found_is_one() {
        let mut measured = Measured { machine: String::new(), waits: BTreeMap::new() };
        let json = r#"{"benchmark": "dev.writemagic.benches.Calls.empty", "mode": "sample", "params": {"side": "uniffi"},
            "jdkVersion": "17.0.15", "vmName": "OpenJDK 64-Bit Server VM",
            "primaryMetric": {"score": 40.5, "scoreUnit": "ns/op",
                "rawDataHistogram": [[[[40.0, 3], [41.0, 1]], [[40.0, 1]]]]}}"#;
        for _ in 0..2 {
            take(&mut measured, serde_json::from_str(json).unwrap()).unwrap();
        }
        let waits = measured.of("empty", UNIFFI).unwrap();
        assert_eq!((waits.calls(), waits.percentile(0.5), waits.longest()), (10, 40.0, 41.0));
        assert_eq!(measured.machine, "OpenJDK 64-Bit Server VM 17.0.15");
        assert!(measured.of("empty", WRITEMAGIC).is_err());
        let other_unit = json.replace("ns/op", "us/op");
        assert!(take(&mut measured, serde_json::from_str(&other_unit).unwrap()).is_err());
    }
}
