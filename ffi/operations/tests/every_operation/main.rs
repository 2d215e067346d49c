//! Every operation is called at least once, on a library on the disk, through numbers and bytes alone.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../client/mod.rs"]
mod client;

mod answers;
mod history;
mod library;
mod memory;
mod runs;
mod sessions;

/// One test, so that at its end it is known what was called.
#[test]
fn every_operation_does_what_the_engine_does() {
    library::documents_and_folders();
    library::open_and_closed();
    library::files_and_exchange();
    library::search();
    sessions::typing();
    sessions::changes_are_told();
    history::versions_and_branches();
    history::recorded();
    memory::memories();
    memory::bible();
    runs::providers_and_ledger();
    runs::a_model_of_the_app_answers();
    runs::a_provider_answers_through_the_network_of_the_app();
    runs::an_app_that_throws();
    answers::proposals();
    answers::questions_and_summaries();
    answers::proofs_and_texts();

    assert_eq!(writemagic_operations::not_run(), Vec::<String>::new());
}
