//! Killing `replay --acks` without warning at random moments: nothing acknowledged is lost, whatever was being done.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::common::{Desk, Random, Recording, test_data};

/// Kills in the ordinary run; `cargo xtask kill` asks for more.
const KILLS: usize = 120;
/// Patches that a run would play if it lived.
const PATCHES: usize = 2_500;
/// Kills that one library lives through; then the next one starts.
const KILLS_PER_LIBRARY: usize = 10;

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So many microseconds after the start, wherever that is.
    AfterStart(u64),
    /// So many microseconds after this many acknowledgements.
    AfterAcks(usize, u64),
    /// So many microseconds after the first acknowledgement of a writer who then pauses: while its head and search row
    /// are refreshed.
    Resting(u64),
}

struct Trace {
    path: PathBuf,
    recording: Recording,
}

#[test]
fn nothing_acknowledged_is_lost_in_a_hundred_kills() {
    let kills = std::env::var("WRITEMAGIC_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = match std::env::var("WRITEMAGIC_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() % (1 << 60))
            .unwrap(),
    };
    println!("WRITEMAGIC_SEED={seed} repeats this run's choices");
    let mut random = Random::new(seed);
    let traces_desk = Desk::new();
    let mut traces = Vec::new();
    for number in 0..3 {
        let path = traces_desk.path(&format!("typed-{number}.json"));
        let recording = Recording::typed(PATCHES, &mut random);
        recording.write(&path);
        traces.push(Trace { path, recording });
    }
    for name in ["sveltecomponent", "json-crdt-patch"] {
        if let Some(path) = test_data(&format!("traces/sequential/{name}.json.gz")) {
            let mut recording = Recording::read(&path);
            recording.patches.truncate(PATCHES);
            traces.push(Trace { path, recording });
        }
    }
    let (mut acknowledged, mut unfinished) = (0, 0);
    let mut desk = Desk::new();
    for kill in 0..kills {
        if kill % KILLS_PER_LIBRARY == 0 {
            desk = Desk::new();
            desk.document("Bystander", "untouched");
        }
        let trace = &traces[random.below(traces.len())];
        let batch = [1, 5, 20, 100][random.below(4)];
        let acks = PATCHES / batch;
        let moment = match kill % 4 {
            0 if kill % 40 == 20 => Moment::Resting(480_000 + random.below(60_000) as u64),
            0 => Moment::AfterStart(random.below(40_000) as u64),
            1 | 2 => Moment::AfterAcks(1 + random.below(acks), random.below(3_000) as u64),
            _ => Moment::AfterAcks(acks.saturating_sub(random.below(3)).max(1), random.below(20_000) as u64),
        };
        let title = format!("Killed {kill}");
        let at = format!("seed {seed}, kill {kill}, {moment:?}, batch {batch}, {}", trace.path.display());
        let durable = play_and_kill(&desk, &trace.path, &title, batch, moment);
        acknowledged += durable;
        unfinished += usize::from(durable < PATCHES);
        check(&desk, trace, &title, durable, &at);
        assert_eq!(desk.json(&["doctor"])["ok"], true, "{at}");
        assert_eq!(desk.text("Bystander"), "untouched", "{at}");
        if kill % 100 == 99 {
            println!("{} of {kills} kills", kill + 1);
        }
    }
    println!(
        "{kills} kills, {unfinished} in the middle of typing, {acknowledged} edits acknowledged, none lost"
    );
    assert!(unfinished >= kills / 2, "most kills must hit typing: {unfinished}");
}

/// Every acknowledged edit is there, and the text is one that was typed.
fn check(desk: &Desk, trace: &Trace, title: &str, durable: usize, at: &str) {
    let output = desk.run(&["--json", "show", title]);
    if durable == 0 && !output.status.success() {
        // Killed before the document was made.
        assert_eq!(desk.error(&["show", title]), "document_not_found", "{at}");
        return;
    }
    let shown: Value = crate::common::one_line(&output.stdout);
    let text = shown["text"].as_str().unwrap();
    assert!(trace.recording.state_of(text, durable).is_some(), "lost or foreign text: {at}");
    assert_eq!(shown["document"]["stats"]["bytes"], text.len(), "{at}");
    assert_eq!(shown["document"]["stats"]["chars"], text.chars().count(), "{at}");
}

/// Plays a trace into a new document and kills the process; gives how many patches it had acknowledged.
fn play_and_kill(desk: &Desk, trace: &Path, title: &str, batch: usize, moment: Moment) -> usize {
    // A pause between two patches that no kill waits for.
    let rate: &[&str] = if matches!(moment, Moment::Resting(_)) { &["--rate", "1"] } else { &[] };
    let batch = if rate.is_empty() { batch } else { 1 };
    let mut child = desk
        .command()
        .arg("replay")
        .args(rate)
        .arg(trace)
        .args(["--acks", "--title", title, "--batch", &batch.to_string(), "--limit", &PATCHES.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    if let Moment::AfterStart(micros) = moment {
        kill_after(&mut child, micros);
    }
    let mut durable = 0;
    // What it wrote before it died was acknowledged: read to the end.
    for (count, line) in (1..).zip(output.lines().map_while(Result::ok)) {
        let value: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
        if value.get("edits").is_none()
            && let Some(number) = value["durable"].as_u64()
        {
            durable = usize::try_from(number).unwrap();
        }
        match moment {
            Moment::AfterAcks(acks, micros) if count == acks => kill_after(&mut child, micros),
            Moment::Resting(micros) if count == 1 => kill_after(&mut child, micros),
            _ => {}
        }
    }
    // Also ends a child that wrote fewer acknowledgements than expected.
    kill_after(&mut child, 0);
    durable
}

/// The pause is not for synchronisation: it is the random moment.
fn kill_after(child: &mut Child, micros: u64) {
    std::thread::sleep(Duration::from_micros(micros)); // deliberate: the random moment of the kill
    let _ = child.kill();
    let _ = child.wait();
}
