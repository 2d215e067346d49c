//! What each command takes and does, one file a command or family of commands.

pub(crate) mod ask;
pub(crate) mod backup;
pub(crate) mod bible;
pub(crate) mod branch;
pub(crate) mod compact;
pub(crate) mod complete;
pub(crate) mod completions;
pub(crate) mod consolidate;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod exchange;
pub(crate) mod export;
pub(crate) mod fields;
pub(crate) mod find;
pub(crate) mod folder;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod memories;
pub(crate) mod new;
pub(crate) mod proof;
pub(crate) mod proposals;
pub(crate) mod provider;
pub(crate) mod recall;
pub(crate) mod remember;
pub(crate) mod replay;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod segment;
pub(crate) mod show;
pub(crate) mod stats;
pub(crate) mod version;
pub(crate) mod writing;

use std::process::ExitCode;

use crate::args::Command;
use crate::context::Context;
use crate::errors::CliResult;
use crate::tour;

/// Runs one command to its end. A command that answers "not well" (`doctor`, `tour`) gives its own exit code.
pub(crate) fn run(command: Command, context: &Context) -> CliResult<ExitCode> {
    match command {
        Command::Tour => return tour::run(context),
        Command::Doctor(doctor) => return doctor.run(context),
        Command::Complete(complete) => return complete.run(context),
        Command::Ask(ask) => return ask.run(context),
        Command::Rewrite(rewrite) => return rewrite.run(context),
        Command::Continue(going_on) => return going_on.run(context),
        Command::Summarize(summarize) => return summarize.run(context),
        Command::Critique(critique) => return critique.run(context),
        Command::Runs(runs) => return runs.run(context),
        Command::Provider(provider) => return provider.run(context),
        Command::Stats(stats) => stats.run(context),
        Command::Segment(segment) => segment.run(context),
        Command::Import(import) => import.run(context),
        Command::New(new) => new.run(context),
        Command::List(list) => list.run(context),
        Command::Show(show) => show.run(context),
        Command::Export(export) => export.run(context),
        Command::Rename(rename) => rename.run(context),
        Command::Move(moving) => moving.run(context),
        Command::Folder(folder) => folder.run(context),
        Command::Target(target) => target.run(context),
        Command::Language(language) => language.run(context),
        Command::Trash(trash) => trash.run(context),
        Command::Untrash(untrash) => untrash.run(context),
        Command::Purge(purge) => purge.run(context),
        Command::Edit(edit) => edit.run(context),
        Command::Replay(replay) => replay.run(context),
        Command::Find(find) => find.run(context),
        Command::History(history) => history.run(context),
        Command::Diff(diff) => diff.run(context),
        Command::Restore(restore) => restore.run(context),
        Command::Label(label) => label.run(context),
        Command::Undo(undo) => undo.run(context),
        Command::Redo(redo) => redo.run(context),
        Command::Branch(branch) => branch.run(context),
        Command::Merge(merge) => merge.run(context),
        Command::Blame(blame) => blame.run(context),
        Command::Compact(compact) => compact.run(context),
        Command::Summary(summary) => summary.run(context),
        Command::Bundle(bundle) => bundle.run(context),
        Command::Pull(pull) => pull.run(context),
        Command::Proposals(proposals) => proposals.run(context),
        Command::Ledger(ledger) => ledger.run(context),
        Command::Caps(caps) => caps.run(context),
        Command::Sends(sends) => sends.run(context),
        Command::Proof(proof) => proof.run(context),
        Command::Search(search) => search.run(context),
        Command::Context(shown) => shown.run(context),
        Command::Remember(remember) => remember.run(context),
        Command::Recall(recall) => recall.run(context),
        Command::Forget(forget) => forget.run(context),
        Command::Memories(memories) => memories.run(context),
        Command::Consolidate(consolidate) => consolidate.run(context),
        Command::Bible(bible) => bible.run(context),
        Command::Backup(backup) => backup.run(context),
        Command::Completions(completions) => completions.run(context),
    }?;
    Ok(ExitCode::SUCCESS)
}
