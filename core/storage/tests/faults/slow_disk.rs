//! A producer that is faster than the disk: memory stays bounded, and what was accepted is saved.

use std::time::{Duration, Instant};

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::limits::BACKLOG_BYTES;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

use crate::again;
use crate::disk::Disk;
use crate::random::Random;
use crate::seconds::{STRESS_SECONDS, stress_seconds};

/// Seconds of the ordinary run.
const SECONDS: u64 = 4;
/// Seconds from which on the memory of the first third is that of all of them.
const LONG_SECONDS: u64 = 30;
/// The document that is overwritten block by block.
const DOCUMENT_BYTES: usize = 1 << 20;
const BLOCK: usize = 4 << 10;
/// The memory that a producer may need above what the engine needs at rest: what waits, what is being saved, as text
/// and as the rows that it becomes, and what the allocator keeps of them.
const MEMORY_BYTES: u64 = 6 * BACKLOG_BYTES;
/// How much more memory the last third of a long time may need than the first.
const SLACK_BYTES: u64 = 24 << 20;

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// The half that runs alone in a process, so that its memory is its own.
#[test]
fn producer() {
    let Some(folder) = again::folder() else { return };
    let seconds: u64 = stress_seconds();
    let disk = Disk::of(&folder);
    let library = Library::open(&folder, OpenOptions::new().create(true)).unwrap();
    let mut text: Vec<u8> = vec![b'.'; DOCUMENT_BYTES];
    let new = NewDocument::titled("t").text(String::from_utf8(text.clone()).unwrap());
    let session = library.edit(library.create_document(new).unwrap().id).unwrap();
    let changes = session.subscribe();
    let mut random = Random::new(seconds);
    let noise: String = (0..DOCUMENT_BYTES).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
    let (mut accepted, mut refused) = (0_u64, 0_u64);
    let at_rest = resident();
    let mut peaks = [0; 3];
    disk.delay(Duration::from_micros(200));
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        let at = random.below(DOCUMENT_BYTES - BLOCK);
        let from = random.below(DOCUMENT_BYTES - BLOCK);
        let block = &noise[from..from + BLOCK];
        match session.splice(at as u64, BLOCK as u64, block) {
            Ok(_) => {
                accepted += 1;
                text[at..at + BLOCK].copy_from_slice(block.as_bytes());
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.code(), Code::BacklogFull);
                // Whatever was saved, somebody is told.
                changes.next_timeout(Duration::from_secs(60)).unwrap();
            }
        }
        let third = (3 * start.elapsed().as_millis() / 1000) as u64 / seconds;
        let peak = &mut peaks[third.min(2) as usize];
        *peak = resident().max(*peak);
    }
    disk.delay(Duration::ZERO);
    session.flush(Durability::Committed).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(session.text() == text && library.text(session.document()).unwrap() == text);
    let megabytes = peaks.map(|peak| peak >> 20);
    again::say(&format!(
        "{seconds} s: {accepted} blocks accepted, {refused} refused, at most {megabytes:?} MiB in memory in each third"
    ));
    assert!(refused > 0, "the disk must be slower than the producer");
    if std::env::var_os("WRITEMAGIC_SANITIZE").is_some() {
        // The sanitizer remembers accesses in memory of its own, which grows at first.
        assert!(
            seconds < LONG_SECONDS || peaks[2] < peaks[1] + SLACK_BYTES,
            "memory grows: {megabytes:?} MiB"
        );
        return;
    }
    let bounded = peaks.iter().all(|peak| *peak < at_rest + MEMORY_BYTES);
    assert!(bounded, "at rest {} MiB, then {megabytes:?}", at_rest >> 20);
    let flat = seconds < LONG_SECONDS || peaks[2] < peaks[0] + SLACK_BYTES;
    assert!(flat, "memory grows: {megabytes:?} MiB");
}

fn produce(seconds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut producer = again::command("slow_disk::producer", folder.path());
    let output = producer.env(STRESS_SECONDS, seconds.to_string()).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&all));
    println!("{}", again::said(&all).join("\n"));
}

#[test]
fn memory_is_bounded_while_the_disk_does_not_follow() {
    produce(SECONDS);
}

mod stress {
    use super::*;

    #[test]
    #[ignore = "a minute, or WRITEMAGIC_STRESS_SECONDS"] // deliberate: `cargo xtask stress` runs it
    fn memory_is_bounded_for_long_while_the_disk_does_not_follow() {
        produce(stress_seconds());
    }
}
