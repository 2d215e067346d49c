//! Records with length, kind and checksum: how near writing and reading them come to the checksum alone.

use std::hint::black_box;

use anyhow::{Result, ensure};
use fastrand::Rng;
use writemagic_shared::codec::frame::{self, Frames};

use super::{Work, contest};
use crate::plan::Plan;
use crate::report::{Table, digits};

/// Bytes of payload in each stream of records.
const STREAM: usize = 4 << 20;

pub(super) fn measure(plan: &Plan) -> Result<String> {
    let mut table = Table::new(&["payload", "writing", "reading", "CRC-32C alone", "copying alone"]);
    for (size, name) in [(32, "32 B"), (256, "256 B"), (4 << 10, "4 KiB"), (1 << 20, "1 MiB")] {
        let mut payload = vec![0; size];
        Rng::with_seed(5).fill(&mut payload);
        let records = STREAM / size;
        let mut stream = Vec::new();
        write(&payload, records, &mut stream);
        ensure!(read(&stream) == (records, STREAM), "records are not read as they were written");
        let (mut written, mut copied) = (stream.clone(), stream.clone());
        let mut work: [Work<'_>; 4] = [
            Box::new(|| {
                written.clear();
                write(black_box(&payload), records, &mut written);
                black_box(&written);
            }),
            Box::new(|| {
                black_box(read(black_box(&stream)));
            }),
            Box::new(|| {
                for _ in 0..records {
                    black_box(crc32c::crc32c(black_box(&payload)));
                }
            }),
            Box::new(|| {
                copied.clear();
                (0..records).for_each(|_| copied.extend_from_slice(black_box(&payload)));
                black_box(&copied);
            }),
        ];
        let times = contest(&mut work, plan.text_rounds)?;
        let mut row = vec![name.to_owned()];
        row.extend(times.iter().map(|time| digits(STREAM as f64 / time)));
        table.row(&row);
    }
    Ok(table.finish())
}

fn write(payload: &[u8], records: usize, out: &mut Vec<u8>) {
    for _ in 0..records {
        // A payload that is too long is missing when the records are read.
        let _ = frame::put(out, 1, payload);
    }
}

/// Records and bytes of payload up to the end or the first error.
fn read(stream: &[u8]) -> (usize, usize) {
    let (mut frames, mut records, mut bytes) = (Frames::new(stream, u32::MAX), 0, 0);
    while let Ok(Some(frame)) = frames.read() {
        records += 1;
        bytes += frame.payload.len();
    }
    (records, bytes)
}
