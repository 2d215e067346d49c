//! `ledger`, `caps` and `sends`: what calls cost, what they may cost, and what left the device.

use clap::{Args, Subcommand};
use serde::Serialize;
use writemagic::Timestamp;
use writemagic::ai::ledger::{Cap, Caps as Allowed, Entry, EntryState, Spent, Sums};
use writemagic::ai::model::{Microdollars, Usage};
use writemagic::ai::privacy::{MaskCounts, SendRecord};

use crate::commands::provider::locality;
use crate::context::Context;
use crate::errors::CliResult;
use crate::money::{Dollars, dollars, shown};
use crate::output::Answer;
use crate::page::{Column, Page, counted, escaped, grouped, size};

#[derive(Debug, Args)]
#[command(
    after_help = "A call counts from the moment at which it is reserved. Days and months are those of this machine's \
    time zone.\n\nExamples:\n  writemagic ledger\n  writemagic --json ledger --limit 1000"
)]
pub(crate) struct Ledger {
    /// Show at most this many calls, the newest
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
}

impl Ledger {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let Spent { today, this_month } = library.assistant().ledger()?.spent()?;
        let calls = library.assistant().calls(None, self.limit)?;
        let entries = calls.into_iter().map(|(_, entry)| Call::from(entry)).collect();
        context.output.answer(&Calls { entries, today: today.into(), month: this_month.into() })
    }
}

#[derive(Serialize)]
struct Calls {
    entries: Vec<Call>,
    today: Sum,
    month: Sum,
}

#[derive(Serialize)]
struct Call {
    time: Timestamp,
    provider: String,
    model: String,
    state: EntryState,
    usage: Usage,
    cost: Option<Dollars>,
}

impl From<Entry> for Call {
    fn from(entry: Entry) -> Self {
        let Entry { at, provider, model, state, usage, cost } = entry;
        Self { time: at, provider, model, state, usage, cost: cost.map(Dollars) }
    }
}

/// What calls came to.
#[derive(Serialize)]
struct Sum {
    cost: Dollars,
    unpriced_tokens: u64,
}

impl From<Sums> for Sum {
    fn from(sums: Sums) -> Self {
        Self { cost: Dollars(sums.money), unpriced_tokens: sums.unpriced_tokens }
    }
}

impl Sum {
    fn shown(&self) -> String {
        let money = shown(self.cost.0);
        match self.unpriced_tokens {
            0 => money,
            tokens => format!("{money} and {} tokens without a price", grouped(tokens)),
        }
    }
}

impl Answer for Calls {
    fn render(&self, page: &mut Page) {
        let rows = self.entries.iter().map(|call| {
            let state = match call.state {
                EntryState::Reserved => "reserved",
                EntryState::Settled if call.usage.estimated => "estimated",
                EntryState::Settled => "settled",
                EntryState::Released => "released",
            };
            vec![
                call.time.to_string(),
                escaped(&call.provider),
                escaped(&call.model),
                state.to_owned(),
                grouped(call.usage.input_tokens),
                grouped(call.usage.output_tokens),
                call.cost.map_or_else(|| "-".to_owned(), |cost| shown(cost.0)),
            ]
        });
        let columns = [
            ("time", Column::Fixed),
            ("provider", Column::Text),
            ("model", Column::Text),
            ("state", Column::Fixed),
            ("in", Column::Number),
            ("out", Column::Number),
            ("cost", Column::Number),
        ];
        if !self.entries.is_empty() {
            page.table(&columns, rows);
        }
        if page.for_terminal() {
            page.line(format!("today {} · this month {}", self.today.shown(), self.month.shown()));
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "In US dollars. A call that might go over a cap is refused before anything is sent. Where nobody knows \
    the price, a cap counts tokens at 10 dollars for 1,000,000.\n\nExamples:\n  writemagic caps set --day 0.50 --month 5\n  \
    writemagic caps set --day none\n  writemagic caps show"
)]
pub(crate) struct Caps {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set caps; those that are not named stay
    Set(Set),
    /// Show the caps, and what is spent
    Show,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Set {
    /// Dollars for each request, or `none`
    #[arg(long, value_name = "X", value_parser = most)]
    request: Option<Most>,
    /// Dollars for each day, or `none`
    #[arg(long, value_name = "X", value_parser = most)]
    day: Option<Most>,
    /// Dollars for each calendar month, or `none`
    #[arg(long, value_name = "X", value_parser = most)]
    month: Option<Most>,
}

/// As much as is allowed; without an amount there is no bound.
#[derive(Clone, Copy, Debug)]
struct Most(Option<Microdollars>);

fn most(text: &str) -> Result<Most, String> {
    if text == "none" { Ok(Most(None)) } else { dollars(text).map(|sum| Most(Some(sum))) }
}

impl Caps {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        match self.action {
            Action::Set(set) => {
                let library = context.write_or_create()?;
                let assistant = library.assistant();
                let caps = assistant.caps()?;
                let with = |cap: Cap, most: Option<Most>| match most {
                    Some(Most(money)) => Cap { money, ..cap },
                    None => cap,
                };
                let caps = Allowed {
                    request: with(caps.request, set.request),
                    day: with(caps.day, set.day),
                    month: with(caps.month, set.month),
                };
                assistant.set_caps(caps)?;
                context.output.answer(&Shown { caps: caps.into(), spent: None })
            }
            Action::Show => {
                let library = context.read()?;
                let Spent { today, this_month } = library.assistant().ledger()?.spent()?;
                let spent = Some(Periods { today: today.into(), month: this_month.into() });
                context.output.answer(&Shown { caps: library.assistant().caps()?.into(), spent })
            }
        }
    }
}

#[derive(Serialize)]
struct Shown {
    caps: View,
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<Periods>,
}

/// The object `caps` of answers; null where there is no bound.
#[derive(Serialize)]
struct View {
    request: Option<Dollars>,
    day: Option<Dollars>,
    month: Option<Dollars>,
}

impl From<Allowed> for View {
    fn from(caps: Allowed) -> Self {
        let money = |cap: Cap| cap.money.map(Dollars);
        Self { request: money(caps.request), day: money(caps.day), month: money(caps.month) }
    }
}

#[derive(Serialize)]
struct Periods {
    today: Sum,
    month: Sum,
}

impl Answer for Shown {
    fn render(&self, page: &mut Page) {
        let View { request, day, month } = self.caps;
        let spent = |period: fn(&Periods) -> &Sum| {
            self.spent.as_ref().map_or_else(String::new, |spent| period(spent).shown())
        };
        let rows = [
            ("request", request, String::new()),
            ("day", day, spent(|spent| &spent.today)),
            ("month", month, spent(|spent| &spent.month)),
        ];
        let rows = rows.map(|(what, cap, spent)| {
            vec![what.to_owned(), cap.map_or_else(|| "none".to_owned(), |cap| shown(cap.0)), spent]
        });
        page.table(&[("each", Column::Fixed), ("cap", Column::Number), ("spent", Column::Text)], rows);
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "One line for every request that left, or was about to: when, to whom, how much, what was masked. \
    Never what was said.\n\nExamples:\n  writemagic sends\n  writemagic --json sends --limit 1000"
)]
pub(crate) struct Sends {
    /// Show at most this many requests, the newest
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
}

impl Sends {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let sends = context.read()?.assistant().sends(None, self.limit)?;
        context.output.answer(&Requests { sends: sends.into_iter().map(|(_, record)| record).collect() })
    }
}

#[derive(Serialize)]
struct Requests {
    sends: Vec<SendRecord>,
}

/// What was masked, for a person.
fn masked(counts: &MaskCounts) -> String {
    let kinds = [
        (counts.phrases, "phrases"),
        (counts.emails, "e-mails"),
        (counts.phones, "phones"),
        (counts.ibans, "accounts"),
        (counts.cards, "cards"),
        (counts.lookalikes, "look-alikes"),
    ];
    let shown = counted(&kinds);
    if shown.is_empty() { "-".to_owned() } else { shown }
}

impl Answer for Requests {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.sends.is_empty() {
            return page.line("Nothing has left this device.");
        }
        let rows = self.sends.iter().map(|sent| {
            vec![
                sent.at.to_string(),
                escaped(&sent.provider),
                escaped(&sent.model),
                escaped(&sent.host),
                locality(sent.locality).to_owned(),
                size(sent.bytes),
                masked(&sent.masked),
            ]
        });
        let columns = [
            ("time", Column::Fixed),
            ("provider", Column::Text),
            ("model", Column::Text),
            ("host", Column::Text),
            ("locality", Column::Fixed),
            ("size", Column::Number),
            ("masked", Column::Text),
        ];
        page.table(&columns, rows);
    }
}
