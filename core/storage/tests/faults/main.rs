//! What goes wrong outside the engine: failing, full and slow disks, killed and racing processes, damaged files.
//!
//! `disk` is a file layer that fails when told; `day` what a writer does in a day, with a record of every text there
//! was. The other modules hold the engine against both. Tests in modules named `stress` are long and run on demand.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says with a panic what is wrong, and on standard output what it ran with"
)]

mod again;
mod damage;
mod day;
mod disk;
mod failing_disk;
#[cfg(target_os = "linux")]
mod full_disk;
mod historian;
mod kept_run;
mod killed;
mod killed_reader;
#[path = "../support/model.rs"]
mod model;
mod race;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/seconds.rs"]
mod seconds;
#[cfg(target_os = "linux")]
mod slow_disk;
