//! JMH, run in rounds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use bench_report::machine;
use serde::Deserialize;

use crate::measured::{Measured, UNIFFI, WRITEMAGIC};

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
    let mut measured = Measured::default();
    for round in 0..plan.rounds {
        let sides = if round % 2 == 0 { [UNIFFI, WRITEMAGIC] } else { [WRITEMAGIC, UNIFFI] };
        round_of(plan, &sides, &mut measured)?;
    }
    Ok(measured)
}

/// One round of WriteMagic alone.
pub(crate) fn ours(plan: &Plan) -> Result<Measured> {
    let mut measured = Measured::default();
    round_of(plan, &[WRITEMAGIC], &mut measured)?;
    Ok(measured)
}

fn round_of(plan: &Plan, sides: &[&str], measured: &mut Measured) -> Result<()> {
    let built = machine::benches().join("bindings").join("from-kotlin").join("target");
    let results = built.join("jmh.json");
    run(plan, &built, &results, sides)?;
    let found: Vec<Found> = serde_json::from_slice(&fs::read(&results)?).context("JMH's results")?;
    found.into_iter().try_for_each(|found| take(measured, found))
}

fn take(measured: &mut Measured, found: Found) -> Result<()> {
    let Found { benchmark, params, jdk_version, vm_name, primary_metric } = found;
    if primary_metric.score_unit != "ns/op" {
        bail!("{benchmark} is measured in {}", primary_metric.score_unit);
    }
    measured.machine = format!("{vm_name} {jdk_version}");
    let bench = benchmark.rsplit('.').next().unwrap_or_default();
    let side = params.get("side").map_or("", String::as_str);
    measured.add(bench, side, primary_metric.raw_data_histogram.into_iter().flatten().flatten());
    Ok(())
}

fn run(plan: &Plan, built: &Path, results: &Path, sides: &[&str]) -> Result<()> {
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
        let mut measured = Measured::default();
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
