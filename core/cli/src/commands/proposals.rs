//! `proposals`: changes to documents that wait for the writer's word.

use clap::{Args, Subcommand};
use serde::Serialize;
use writemagic::ai::proposal::{Filter, HunkState, Outcome, Proposal, Which};
use writemagic::limits::PROPOSAL_PAGE;
use writemagic::{BranchId, Code, DocumentId, Library, ProposalId, RunId, Timestamp};

use crate::context::{Context, find, find_id};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Column, Page, counted, escaped, grouped};

#[derive(Debug, Args)]
#[command(
    after_help = "A hunk is accepted where exactly its old words still stand; what the writer has changed is never \
    overwritten. All that is accepted at once is one step of `undo`. A proposal is named by its id or the first 6 or more \
    characters of it.\n\nExamples:\n  writemagic proposals list\n  writemagic proposals show 0199a2c4-7d1e\n  \
    writemagic proposals accept 0199a2c4-7d1e --hunk 0 --hunk 2\n  writemagic proposals reject 0199a2c4-7d1e"
)]
pub(crate) struct Proposals {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the proposals with something left to decide, newest first
    List {
        /// Of one document only: id, exact title, or the start of an id
        doc: Option<String>,
        /// Also those that are decided
        #[arg(long)]
        all: bool,
        /// Show at most this many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u64,
    },
    /// Show a proposal beside the present text
    Show {
        /// The proposal
        id: String,
    },
    /// Put hunks into the text
    Accept(Decision),
    /// Note that hunks are not wanted
    Reject(Decision),
}

#[derive(Debug, Args)]
struct Decision {
    /// The proposal
    id: String,
    /// Only this hunk, counted from 0; more than once for several [default: all that are undecided]
    #[arg(long, value_name = "N")]
    hunk: Vec<u64>,
}

impl Decision {
    fn which(&self) -> Which {
        if self.hunk.is_empty() { Which::All } else { Which::These(self.hunk.clone()) }
    }
}

impl Proposals {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        match self.action {
            Action::List { doc, all, limit } => {
                let library = context.read()?;
                let document = doc.map(|doc| find(&library, &doc)).transpose()?.map(|document| document.id);
                let filter = Filter { document, open: !all, before: None, limit };
                let (proposals, damaged) = library.assistant().proposals().list(&filter)?;
                let mut listed = Vec::with_capacity(proposals.len());
                for proposal in &proposals {
                    listed.push((View::from(proposal), title(&library, proposal)));
                }
                context.output.answer(&List::new(listed, damaged))
            }
            Action::Show { id } => show(context, &id),
            Action::Accept(decision) => {
                let library = context.write()?;
                let id = find_proposal(&library, &decision.id)?;
                let outcome = library.assistant().proposals().accept(id, &decision.which())?;
                context.output.answer(&Decided::new("accepted", &library, &outcome)?)
            }
            Action::Reject(decision) => {
                let library = context.write()?;
                let id = find_proposal(&library, &decision.id)?;
                let outcome = library.assistant().proposals().reject(id, &decision.which())?;
                context.output.answer(&Decided::new("rejected", &library, &outcome)?)
            }
        }
    }
}

/// Shows a proposal beside the present text. A look that finds news writes them down; beside another process that writes
/// the proposal is shown as it was.
fn show(context: &Context, id: &str) -> CliResult<()> {
    let reader = context.read()?;
    let id = find_proposal(&reader, id)?;
    let mut looked = reader.assistant().proposals().placed(id).map_err(CliError::from);
    if matches!(&looked, Err(error) if error.code() == Some(Code::LibraryReadOnly)) {
        looked = context.write().and_then(|library| Ok(library.assistant().proposals().placed(id)?));
    }
    match looked {
        Ok(placed) => {
            let ranges = placed.ranges.iter().map(|range| range.as_ref().map(|at| [at.start, at.end]));
            let version = Some(placed.version.as_str());
            context.output.answer(&Shown::new(&placed.proposal, version, ranges.collect()))
        }
        Err(error) if matches!(error.code(), Some(Code::LibraryReadOnly | Code::LibraryBusy)) => {
            let proposal = reader.assistant().proposals().get(id)?;
            let ranges = vec![None; proposal.hunks.len()];
            context.output.answer(&Shown::new(&proposal, None, ranges))
        }
        Err(error) => Err(error),
    }
}

/// The proposal that a command line names by its id or the start of one.
fn find_proposal(library: &Library, name: &str) -> CliResult<ProposalId> {
    find_id(name, Code::ProposalNotFound, || {
        let filter = Filter { limit: PROPOSAL_PAGE, ..Filter::default() };
        let (proposals, _) = library.assistant().proposals().list(&filter)?;
        Ok(proposals.iter().map(|proposal| proposal.id).collect())
    })
}

/// The title of the document; none while it is being purged.
fn title(library: &Library, proposal: &Proposal) -> String {
    library.document(proposal.place.document).map(|document| document.title).unwrap_or_default()
}

fn word(state: HunkState) -> &'static str {
    match state {
        HunkState::Pending => "pending",
        HunkState::Accepted => "accepted",
        HunkState::Rejected => "rejected",
        HunkState::Unplaceable => "unplaceable",
        HunkState::Applying => "applying",
        _ => "unknown",
    }
}

/// The object `proposal` of answers.
#[derive(Serialize)]
struct View<'a> {
    proposal: ProposalId,
    document: DocumentId,
    branch: Option<BranchId>,
    task: &'a str,
    model: &'a str,
    run: RunId,
    created: Timestamp,
    open: bool,
    hunks: u64,
    pending: u64,
    accepted: u64,
    rejected: u64,
    unplaceable: u64,
    applying: u64,
}

impl<'a> From<&'a Proposal> for View<'a> {
    fn from(proposal: &'a Proposal) -> Self {
        let count = |state| proposal.count(state) as u64;
        Self {
            proposal: proposal.id,
            document: proposal.place.document,
            branch: proposal.place.branch,
            task: &proposal.task,
            model: &proposal.author.model,
            run: proposal.author.run,
            created: proposal.created,
            open: proposal.is_open(),
            hunks: proposal.hunks.len() as u64,
            pending: count(HunkState::Pending),
            accepted: count(HunkState::Accepted),
            rejected: count(HunkState::Rejected),
            unplaceable: count(HunkState::Unplaceable),
            applying: count(HunkState::Applying),
        }
    }
}

impl View<'_> {
    /// How far its hunks are, for a person.
    fn states(&self) -> String {
        let counts = [
            (self.pending, "to decide"),
            (self.unplaceable, "without a place"),
            (self.applying, "on the way"),
            (self.accepted, "accepted"),
            (self.rejected, "rejected"),
        ];
        counted(&counts)
    }
}

#[derive(Serialize)]
struct List<'a> {
    proposals: Vec<View<'a>>,
    /// How many more cannot be read.
    damaged: u64,
    #[serde(skip)]
    titles: Vec<String>,
}

impl<'a> List<'a> {
    fn new(listed: Vec<(View<'a>, String)>, damaged: u64) -> Self {
        let (proposals, titles) = listed.into_iter().unzip();
        Self { proposals, damaged, titles }
    }
}

impl Answer for List<'_> {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.proposals.is_empty() {
            page.line("Nothing waits for your word.");
        } else {
            let rows = self.proposals.iter().zip(&self.titles).map(|(proposal, title)| {
                vec![
                    proposal.proposal.to_string(),
                    proposal.created.to_string(),
                    escaped(title),
                    escaped(proposal.task),
                    escaped(proposal.model),
                    proposal.states(),
                ]
            });
            let columns = [
                ("proposal", Column::Fixed),
                ("created", Column::Fixed),
                ("document", Column::Text),
                ("task", Column::Text),
                ("model", Column::Text),
                ("hunks", Column::Text),
            ];
            page.table(&columns, rows);
        }
        if page.for_terminal() && self.damaged > 0 {
            page.line(page.verdict(false, &format!("{} more cannot be read", grouped(self.damaged))));
        }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    proposal: View<'a>,
    /// The version that the ranges are of.
    version: Option<&'a str>,
    hunks: Vec<HunkView<'a>>,
}

#[derive(Serialize)]
struct HunkView<'a> {
    hunk: u64,
    state: &'static str,
    old: &'a str,
    new: &'a str,
    /// Where the old words stand, in UTF-16 units.
    range: Option<[u64; 2]>,
}

impl<'a> Shown<'a> {
    fn new(proposal: &'a Proposal, version: Option<&'a str>, ranges: Vec<Option<[u64; 2]>>) -> Self {
        let hunks = proposal.hunks.iter().zip(ranges).enumerate().map(|(number, (hunk, range))| HunkView {
            hunk: number as u64,
            state: word(hunk.state),
            old: &hunk.old,
            new: &hunk.new,
            range,
        });
        Self { proposal: View::from(proposal), version, hunks: hunks.collect() }
    }
}

impl Answer for Shown<'_> {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            for hunk in &self.hunks {
                page.line(format!(
                    "{}\t{}\t{}\t{}",
                    hunk.hunk,
                    hunk.state,
                    escaped(hunk.old),
                    escaped(hunk.new)
                ));
            }
            return;
        }
        let View { task, model, created, .. } = &self.proposal;
        page.line(page.dim(&format!("{} · {} · {created}", escaped(task), escaped(model))));
        for hunk in &self.hunks {
            page.line(format!("{} {}", page.bold(&format!("hunk {}", hunk.hunk)), page.dim(hunk.state)));
            let lines = |text: &str| text.lines().map(escaped).collect::<Vec<_>>();
            for line in lines(hunk.old) {
                page.hanging("  - ", "    ", &line);
            }
            for line in lines(hunk.new) {
                page.hanging("  + ", "    ", &line);
            }
        }
        page.line(self.proposal.states());
    }
}

#[derive(Serialize)]
struct Decided<'a> {
    proposal: View<'a>,
    decided: &'a [u64],
    unplaceable: &'a [u64],
    /// Whether what was accepted waits beside an open editor.
    waiting: bool,
    /// The present version of the text.
    version: String,
    #[serde(skip)]
    done: &'static str,
}

impl<'a> Decided<'a> {
    fn new(done: &'static str, library: &Library, outcome: &'a Outcome) -> Result<Self, CliError> {
        let Outcome { proposal, decided, unplaceable, waiting, .. } = outcome;
        let present = library.present_text(proposal.place.document, proposal.place.branch)?;
        let (proposal, version) = (View::from(proposal), present.version.to_string());
        Ok(Self { proposal, decided, unplaceable, waiting: *waiting, version, done })
    }
}

impl Answer for Decided<'_> {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return page.line(&self.version);
        }
        let hunks = |count: usize| {
            if count == 1 { "1 hunk".to_owned() } else { format!("{} hunks", grouped(count as u64)) }
        };
        page.line(format!("{} {}", hunks(self.decided.len()), self.done));
        if !self.unplaceable.is_empty() {
            page.line(format!("{} without a place: the words have changed", hunks(self.unplaceable.len())));
        }
        if self.waiting {
            page.line("they wait until their editor takes them in");
        }
    }
}
