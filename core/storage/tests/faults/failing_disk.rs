//! Every operation of a day on the disk fails, once or for a while; every moment between two of them is the last.

use std::time::Duration;

use writemagic_shared::error::{Code, Coded};
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

use crate::day::{DAY, Morning, Record};
use crate::disk::{Disk, Fault, Span, copy_folder};
use crate::random::Random;

const FAULTS: [Fault; 3] = [Fault::Io, Fault::ShortWrite, Fault::Full];
const SPANS: [Span; 2] = [Span::Once, Span::Lasting];
/// Errors after which a lasting fault ends.
const PATIENCE: usize = 3;

fn code_of(fault: Fault) -> Code {
    match fault {
        Fault::Io | Fault::ShortWrite => Code::Io,
        Fault::Full => Code::DiskFull,
    }
}

/// Operations of a day on which nothing fails. The library's own thread makes it a little more or less.
fn operations(morning: &Morning) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(morning.path(), folder.path());
    let disk = Disk::of(folder.path());
    let mut writer = morning.begin(folder.path());
    DAY.iter().for_each(|&step| writer.perform(step).unwrap());
    disk.operations()
}

/// A day on which operation `number` fails. Gives whether the writer was told.
fn day_with(morning: &Morning, number: u64, fault: Fault, span: Span) -> bool {
    let at = format!("operation {number}, {fault:?}, {span:?}");
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    copy_folder(morning.path(), &library);
    let disk = Disk::of(&library);
    disk.fail(number, fault, span);
    let mut writer = morning.begin(&library);
    let record = writer.record();
    let mut failures = 0;
    for &step in DAY {
        while let Err(error) = writer.perform(step) {
            failures += 1;
            let at = format!("{step:?}, failure {failures}, {at}");
            assert_eq!(error.code(), code_of(fault), "{error:?}, {at}");
            assert!(span == Span::Lasting || failures == 1, "a second failure of one fault: {at}");
            writer.assert_text_in_memory(&at);
            // If the process died now:
            let copy = folder.path().join(format!("copy {failures}"));
            disk.still(|| copy_folder(&library, &copy));
            let Record { texts, committed, .. } = record.lock().unwrap().clone();
            morning.assert_sound(&copy, &texts[committed..], &at);
            if failures == PATIENCE {
                disk.heal();
            }
        }
    }
    disk.heal();
    let texts = record.lock().unwrap().texts.clone();
    morning.assert_sound(&library, &texts[texts.len() - 1..], &at);
    failures > 0
}

#[test]
fn whatever_operation_fails_the_error_is_typed_and_nothing_is_lost() {
    let morning = Morning::new();
    let mut random = Random::announced();
    let operations = operations(&morning);
    let told = (0..operations)
        .filter(|number| {
            let choice = random.below(6);
            day_with(&morning, *number, FAULTS[choice % 3], SPANS[choice / 3])
        })
        .count();
    println!("{operations} operations failed, one a day; {told} times the writer was told");
    assert!(told as u64 > operations / 4, "most faults must be noticed: {told} of {operations}");
}

#[test]
fn the_death_of_the_process_or_loss_of_power_at_any_operation_loses_nothing_promised() {
    let morning = Morning::new();
    let folder = tempfile::tempdir().unwrap();
    let (library, synced) = (folder.path().join("library"), folder.path().join("synced"));
    copy_folder(morning.path(), &library);
    let disk = Disk::of(&library);
    disk.keep_synced(&synced);
    let mut writer = morning.begin(&library);
    let (record, copies) = (writer.record(), folder.path().to_owned());
    let (say, moments) = std::sync::mpsc::channel();
    disk.watch(move |number| {
        copy_folder(&library, &copies.join(format!("killed {number}")));
        copy_folder(&synced, &copies.join(format!("without power {number}")));
        let record = record.lock().unwrap();
        say.send((number, record.committed, record.synchronised)).unwrap();
    });
    DAY.iter().for_each(|&step| writer.perform(step).unwrap());
    let texts = writer.record().lock().unwrap().texts.clone();
    drop((writer, disk));
    let mut count = 0;
    for (number, committed, synchronised) in moments.try_iter() {
        for (moment, promised) in [("killed", committed), ("without power", synchronised)] {
            let moment = format!("{moment} {number}");
            morning.assert_sound(&folder.path().join(&moment), &texts[promised..], &moment);
        }
        count += 1;
    }
    println!("{count} moments of a day were its last, by a kill and by loss of power");
    assert!(count > 50);
}

#[test]
fn what_could_not_be_saved_is_saved_without_being_asked_once_the_disk_is_well() {
    for fault in FAULTS {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::of(folder.path());
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("t").text("acknowledged")).unwrap().id;
        let session = library.edit(document).unwrap();
        let changes = session.subscribe();
        disk.fail(disk.operations(), fault, Span::Lasting);
        let ticket = session.splice(12, 0, ", and more").unwrap();
        let error = session.flush(Durability::Committed).unwrap_err();
        assert_eq!(error.code(), code_of(fault), "{fault:?}");
        assert_eq!(library.text(document).unwrap(), "acknowledged", "{fault:?}");
        assert!(session.durable() < ticket, "{fault:?}");
        disk.heal();
        let mut durable = session.durable();
        while durable < ticket {
            durable = changes.next_timeout(Duration::from_secs(60)).unwrap().durable;
        }
        assert_eq!(library.text(document).unwrap(), "acknowledged, and more", "{fault:?}");
        assert!(disk.faults() > 0);
    }
}

mod stress {
    use super::*;

    #[test]
    #[ignore = "a minute: every fault at every operation"] // deliberate: `cargo xtask stress` runs it
    fn every_fault_at_every_operation() {
        let morning = Morning::new();
        for number in 0..operations(&morning) {
            for fault in FAULTS {
                for span in SPANS {
                    day_with(&morning, number, fault, span);
                }
            }
        }
    }
}
