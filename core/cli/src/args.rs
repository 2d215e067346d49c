//! The command line: the options that every command takes, and the list of commands.
//!
//! A command's own arguments stand beside its code in [`crate::commands`].

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{
    ask, backup, bible, branch, compact, complete, completions, consolidate, diff, doctor, edit, exchange,
    export, fields, find, folder, history, import, ledger, list, memories, new, proof, proposals, provider,
    recall, remember, replay, runs, search, segment, show, stats, version, writing,
};

/// Documents that never lose a keystroke: write, count, search, import and export, all on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "writemagic",
    version,
    after_help = "\
Examples:
  writemagic tour                          see what the engine does, in a temporary library
  writemagic import ~/Notes                take in a folder of Markdown and text files
  writemagic search 'dark \"stormy night\"'  find documents by words and phrases
  writemagic --json list --limit 5         one line of JSON, for scripts

Documents are named by id, exact title, or the first 6 or more characters of an id.
Exit codes: 0 done, 1 failed, 2 bad usage or bad input, 130 interrupted."
)]
pub(crate) struct Arguments {
    /// The library's folder [default: $WRITEMAGIC_LIBRARY, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) library: Option<PathBuf>,

    /// Answer in JSON, one value on one line; errors too, on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what the engine does, on a bundled text in a temporary library
    #[command(after_help = "Works offline, takes a few seconds, leaves nothing behind.\n\n\
        Examples:\n  writemagic tour\n  writemagic tour --json")]
    Tour,
    /// Count characters, words, sentences, lines and paragraphs of files
    Stats(stats::Stats),
    /// Divide files into words, sentences or graphemes
    Segment(segment::Segment),
    /// Take files and folders of Markdown or text into the library
    Import(import::Import),
    /// Create a document
    New(new::New),
    /// List documents, newest change first
    List(list::List),
    /// Show a document's text
    Show(show::Show),
    /// Write documents as files
    Export(export::Export),
    /// Give a document another title
    Rename(fields::Rename),
    /// Move a document to a folder, which is created where missing
    Move(fields::Move),
    /// List, create, rename, move, order and delete folders
    Folder(folder::Folder),
    /// Set how much a document is meant to hold
    Target(fields::Target),
    /// Set a document's language
    Language(fields::Language),
    /// Put a document in the trash
    Trash(fields::Trash),
    /// Take a document out of the trash
    Untrash(fields::Untrash),
    /// Destroy a document and its history for good
    Purge(fields::Purge),
    /// Change a document's text by one splice
    Edit(edit::Edit),
    /// Play a recorded editing trace through an edit session
    Replay(replay::Replay),
    /// Find a pattern in one document, and put something else in its place
    Find(find::Find),
    /// List the versions of a document
    History(history::History),
    /// Show what changed between two versions
    Diff(diff::Diff),
    /// Make a document say again what it said at a version
    Restore(version::Restore),
    /// Give a version a name
    Label(version::Label),
    /// Take back the newest change, or the one at a place
    Undo(version::Undo),
    /// Do again what was taken back
    Redo(version::Redo),
    /// List, create, rename and delete alternatives of a document
    Branch(branch::Branch),
    /// Merge one branch of a document into another
    Merge(branch::Merge),
    /// Show who wrote which part of a document
    Blame(branch::Blame),
    /// Forget what was deleted before a date
    Compact(compact::Compact),
    /// Find documents by words
    Search(search::Search),
    /// Remember something, or many things from a file
    Remember(remember::Remember),
    /// Find memories by what a question means
    Recall(recall::Recall),
    /// Forget a memory for good
    Forget(remember::Forget),
    /// List memories, look at one, and take back the newest change
    Memories(memories::Memories),
    /// Merge memories that say the same, and flag those that contradict each other
    Consolidate(consolidate::Consolidate),
    /// Keep who and what the story is about, find where it is mentioned, and rename it everywhere
    Bible(bible::Bible),
    /// Find slips of the hand in a document or a file, without a model
    Proof(proof::Proof),
    /// Set up, list and forget the models that may be asked
    Provider(provider::Provider),
    /// Ask a model something
    Complete(complete::Complete),
    /// Ask a question about the library's texts; the answer names its sources
    Ask(ask::Ask),
    /// Show what a model would be given to go on with a text, and where it is from
    Context(ask::ShowContext),
    /// Have a model say a passage in other words, as a proposal
    Rewrite(writing::Rewrite),
    /// Have a model go on with a text, as a proposal
    Continue(writing::Continue),
    /// Have a model sum up a document
    Summarize(writing::Summarize),
    /// Have a model say what an editor would
    Critique(writing::Critique),
    /// List what models were asked for and answered, and go on with it
    Runs(runs::Runs),
    /// List, show, accept and reject what models would change
    Proposals(proposals::Proposals),
    /// List what calls of models cost
    Ledger(ledger::Ledger),
    /// Set and show what calls of models may cost
    Caps(ledger::Caps),
    /// List what left this device, and where it went
    Sends(ledger::Sends),
    /// Say what this library knows, for another one's bundle
    Summary(exchange::Summary),
    /// Write what another library lacks to a file
    Bundle(exchange::Bundle),
    /// Take in what another library, or a bundle of it, knows
    Pull(exchange::Pull),
    /// Check the library, and mend what can be mended
    Doctor(doctor::Doctor),
    /// Write a consistent copy of the library to a file, in use or not
    Backup(backup::Backup),
    /// Print the completion script of a shell
    Completions(completions::Completions),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Arguments::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{} has no example", command.get_name());
        }
    }
}
