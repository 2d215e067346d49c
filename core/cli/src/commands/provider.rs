//! `provider`: the models behind a network that a library knows.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use writemagic::ai::model::{
    Locality, Message, Microdollars, Prices, Provider as Described, Request, Role, Usage,
};
use writemagic::ai::run::RunEnd;
use writemagic::ai::wire::Wire;
use writemagic::{Code, Coded as _};

use crate::answering::{Asking, Whom};
use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::money::{Dollars, dollars, shown};
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(
    after_help = "A provider is a setting of the library. Its key is not: name the environment variable that holds it. \
    Plain http goes to this machine and to private addresses alone. Prices are in US dollars for 1,000,000 tokens.\n\n\
    Examples:\n  writemagic provider add near --wire openai --base-url http://127.0.0.1:11434/v1 --model llama3.2\n  \
    writemagic provider add claude --wire anthropic --base-url https://api.anthropic.com --model claude-sonnet-5 \
    --key-env ANTHROPIC_API_KEY\n  writemagic provider test claude\n  writemagic provider list"
)]
pub(crate) struct Provider {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set a provider up, in the place of another of this name
    Add(Box<Add>),
    /// List the providers
    List,
    /// Ask a provider one short question, to see whether it answers
    Test {
        /// The provider
        name: String,
    },
    /// Forget a provider
    Remove {
        /// The provider
        name: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// What to call it: letters, digits, hyphens, underscores, dots
    name: String,
    /// What it speaks
    #[arg(long)]
    wire: WireName,
    /// Where it is: OpenAI's ends with /v1, Anthropic's without, Gemini's with /v1beta
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// The model, as the provider names it
    #[arg(long, value_name = "NAME")]
    model: String,
    /// The environment variable that holds the key
    #[arg(long, value_name = "VAR")]
    key_env: Option<String>,
    /// How far texts travel [default: by the host]
    #[arg(long)]
    locality: Option<LocalityName>,
    /// Dollars for 1,000,000 tokens of a prompt
    #[arg(long, value_name = "X", value_parser = dollars, requires = "price_out")]
    price_in: Option<Microdollars>,
    /// Dollars for 1,000,000 tokens of an answer
    #[arg(long, value_name = "X", value_parser = dollars, requires = "price_in")]
    price_out: Option<Microdollars>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WireName {
    /// OpenAI's chat completions, and all that imitate them
    Openai,
    /// Anthropic's Messages
    Anthropic,
    /// Gemini's streamGenerateContent
    Gemini,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LocalityName {
    /// This machine
    Device,
    /// The own network, other programs of this machine included
    Lan,
    /// Anywhere else
    Cloud,
}

impl Add {
    fn describe(&self) -> CliResult<Described> {
        let wire = match self.wire {
            WireName::Openai => Wire::OpenAi,
            WireName::Anthropic => Wire::Anthropic,
            WireName::Gemini => Wire::Gemini,
        };
        let mut provider = Described::new(&self.name, wire, &self.base_url, &self.model)?;
        if let Some(locality) = self.locality {
            provider = provider.with_locality(match locality {
                LocalityName::Device => Locality::Device,
                LocalityName::Lan => Locality::Lan,
                LocalityName::Cloud => Locality::Cloud,
            })?;
        }
        if let (Some(input), Some(output)) = (self.price_in, self.price_out) {
            let (input, output) = (input.0, output.0);
            provider = provider.with_prices(Prices { input, output, cache_read: None, cache_write: None });
        }
        if let Some(variable) = &self.key_env {
            provider = provider.with_key_variable(variable)?;
        }
        Ok(provider)
    }
}

impl Provider {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        match self.action {
            Action::Add(add) => {
                // Before a library is made for it.
                let provider = add.describe()?;
                let replaced = context.write_or_create()?.assistant().set_provider(&provider)?;
                context.output.answer(&Added { provider: View::from(&provider), replaced })
            }
            Action::List => {
                let providers = context.read()?.assistant().providers()?;
                context.output.answer(&Providers { providers: providers.iter().map(View::from).collect() })
            }
            Action::Test { name } => return test(context, &name),
            Action::Remove { name } => {
                let removed = context.write()?.assistant().remove_provider(&name);
                removed.map_err(|error| CliError::from(error).about(&name))?;
                context.output.answer(&Removed { removed: &name })
            }
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The longest answer to a test, in tokens: some models think before the first word.
const TEST_TOKENS: u64 = 64;

fn test(context: &Context, name: &str) -> CliResult<ExitCode> {
    let library = context.write()?;
    let asking = Asking::new(context, &library, &Whom::only(name, TEST_TOKENS))?;
    let request = Request {
        system: None,
        messages: vec![Message { role: Role::User, text: "Answer with one word: yes.".to_owned() }],
        max_output_tokens: TEST_TOKENS,
        temperature: None,
        stop: Vec::new(),
    };
    let started = Instant::now();
    let outcome = Asking::wait(asking.runs().start(request, asking.terms())?);
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let error = match outcome.end {
        RunEnd::Completed { .. } => None,
        RunEnd::Cancelled => return Err(CliError::interrupted()),
        RunEnd::Interrupted { cause, .. } | RunEnd::Failed { cause, .. } => {
            Some(TestFailure { code: cause.code(), message: cause.to_string() })
        }
    };
    let ok = error.is_none();
    let cost = outcome.cost.map(Dollars);
    context.output.answer(&Tested { provider: name, ok, milliseconds, error, usage: outcome.usage, cost })?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Serialize)]
struct Tested<'a> {
    provider: &'a str,
    ok: bool,
    milliseconds: u64,
    error: Option<TestFailure>,
    usage: Option<Usage>,
    cost: Option<Dollars>,
}

#[derive(Serialize)]
struct TestFailure {
    code: Code,
    message: String,
}

impl Answer for Tested<'_> {
    fn render(&self, page: &mut Page) {
        let text = match &self.error {
            None => format!("{} answered in {} ms", escaped(self.provider), grouped(self.milliseconds)),
            Some(error) => format!("{}: {}", escaped(self.provider), escaped(&error.message)),
        };
        page.line(page.verdict(self.ok, &text));
    }
}

/// The object `provider` of answers.
#[derive(Serialize)]
struct View<'a> {
    name: &'a str,
    wire: &'static str,
    base_url: &'a str,
    model: &'a str,
    locality: Locality,
    key_env: Option<&'a str>,
    price_in: Option<Dollars>,
    price_out: Option<Dollars>,
}

impl<'a> From<&'a Described> for View<'a> {
    fn from(provider: &'a Described) -> Self {
        let prices = provider.prices();
        Self {
            name: provider.name(),
            wire: provider.wire().name(),
            base_url: provider.base_url().as_str(),
            model: provider.model(),
            locality: provider.locality(),
            key_env: provider.key_variable(),
            price_in: prices.map(|prices| Dollars(Microdollars(prices.input))),
            price_out: prices.map(|prices| Dollars(Microdollars(prices.output))),
        }
    }
}

/// How far texts travel, for a person.
pub(crate) fn locality(locality: Locality) -> &'static str {
    match locality {
        Locality::Device => "device",
        Locality::Lan => "lan",
        Locality::Cloud => "cloud",
    }
}

#[derive(Serialize)]
struct Providers<'a> {
    providers: Vec<View<'a>>,
}

impl Answer for Providers<'_> {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.providers.is_empty() {
            return page.line("No provider is set up: `writemagic help provider` shows how.");
        }
        let rows = self.providers.iter().map(|provider| {
            let price =
                |price: &Option<Dollars>| price.map_or_else(|| "-".to_owned(), |price| shown(price.0));
            vec![
                provider.name.to_owned(),
                provider.wire.to_owned(),
                escaped(provider.model),
                locality(provider.locality).to_owned(),
                provider.base_url.to_owned(),
                provider.key_env.unwrap_or("-").to_owned(),
                price(&provider.price_in),
                price(&provider.price_out),
            ]
        });
        let columns = [
            ("name", Column::Fixed),
            ("wire", Column::Fixed),
            ("model", Column::Text),
            ("locality", Column::Fixed),
            ("address", Column::Text),
            ("key", Column::Text),
            ("in", Column::Number),
            ("out", Column::Number),
        ];
        page.table(&columns, rows);
    }
}

#[derive(Serialize)]
struct Added<'a> {
    provider: View<'a>,
    replaced: bool,
}

impl Answer for Added<'_> {
    fn render(&self, page: &mut Page) {
        let name = self.provider.name;
        if !page.for_terminal() {
            return page.line(name);
        }
        let done = if self.replaced { "changed" } else { "set up" };
        let far = match self.provider.locality {
            Locality::Device => "texts stay on this device",
            Locality::Lan => "texts stay on this machine or network",
            Locality::Cloud => "texts leave for the cloud",
        };
        page.line(format!("{done} {}: {far}", page.bold(name)));
        if self.provider.locality == Locality::Cloud && self.provider.key_env.is_none() {
            page.line(page.dim("no key: name its environment variable with --key-env"));
        }
    }
}

#[derive(Serialize)]
struct Removed<'a> {
    removed: &'a str,
}

impl Answer for Removed<'_> {
    fn render(&self, page: &mut Page) {
        let name = escaped(self.removed);
        page.line(if page.for_terminal() { format!("forgot {}", page.bold(&name)) } else { name });
    }
}
