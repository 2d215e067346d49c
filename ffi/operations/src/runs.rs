//! Runs of models: begun, listened to, gone on with, kept.

use std::time::Duration;

use writemagic::ai::driver::{Model, Runs, Terms};
use writemagic::ai::model::{Capabilities, Locality, Microdollars, Prices, Records, Request, Usage};
use writemagic::ai::privacy::{Ceiling, Mask};
use writemagic::ai::resilience::{Backoff, Consents, Mark, Priority, RetryPolicy};
use writemagic::ai::run::{RunHead, RunRecord, RunState, RunTail, Timers};
use writemagic::ai::stream::StopReason;
use writemagic::{Code, RunId, Timestamp};
use writemagic_boundary::{Failure, Table};

use crate::app::models::AppModel;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::run_events::{LISTENED, Listened};
use crate::{Part, app, object};

/// The runs of libraries.
pub(crate) static RUNS: Table<LibraryRuns> = Table::new("runs");

pub(crate) const PART: Part =
    Part { name: "runs", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// The runs of a library, and its providers.
pub(crate) struct LibraryRuns {
    runs: Runs,
    assistant: writemagic::ai::Assistant,
}

impl LibraryRuns {
    fn terms(&self, terms: TermsFields) -> Result<Terms, Failure> {
        let TermsFields { models, ceiling, mask, priority, consents, policy, timers } = terms;
        let model = |model| {
            Ok::<_, Failure>(match model {
                ModelChoice::Provider(name) => Model::Provider(self.assistant.provider(&name)?),
                ModelChoice::Host(object) => Model::Host(std::sync::Arc::new(AppModel::new(object))),
            })
        };
        let models: Vec<Model> = models.into_iter().map(model).collect::<Result<_, _>>()?;
        let mut terms = Terms::new(models);
        terms.ceiling = Ceiling::nearest(ceiling);
        terms.mask = match mask {
            Some(phrases) => Some(Mask::new(phrases.iter().map(String::as_str))?),
            None => None,
        };
        terms.priority = priority;
        terms.consents = consents;
        terms.policy = policy.unwrap_or(terms.policy);
        terms.timers = timers.unwrap_or(terms.timers);
        Ok(terms)
    }
}

/// Whom a run asks, and under what rules.
pub(crate) struct TermsFields {
    /// The models, in the order in which they are asked: at most 16.
    models: Vec<ModelChoice>,
    /// How far the text may travel; the cloud where nothing is said.
    ceiling: Option<Locality>,
    /// Phrases that are taken out of a request that leaves the app, and put back into the answer, together with all that looks like
    /// an address, a telephone, account or card number. Nothing is masked where there is no list.
    mask: Option<Vec<String>>,
    /// Whether a person waits for the answer.
    priority: Priority,
    /// The cases in which the user allows falling back to the next model.
    consents: Consents,
    /// How often one model is asked; as usual where nothing is said.
    policy: Option<RetryPolicy>,
    /// How long each part may take; as usual where nothing is said.
    timers: Option<Timers>,
}

/// A model that can be asked.
pub(crate) enum ModelChoice {
    /// One behind a network: the provider that the library has under this name.
    Provider(String),
    /// The app's own.
    Host(app::HostModel),
}

/// Why a provider is left alone.
pub(crate) enum ProviderMark {
    /// It asked for that.
    CoolingDown {
        /// Until when.
        until: Timestamp,
    },
    /// The account has nothing left, until somebody does something about it.
    OutOfQuota,
    /// The key is no longer accepted, until it is another one.
    Disabled,
}

records! {
    in TermsFields as RunTerms {
        models: Vec<ModelChoice>,
        ceiling: Option<Locality>,
        mask: Option<Vec<String>>,
        priority: Priority = "RunPriority.Foreground",
        consents: Consents = "FallbackConsents()",
        policy: Option<RetryPolicy>,
        timers: Option<Timers>,
    }
    in writemagic::ai::resilience::Consents as FallbackConsents {
        quota: bool,
        credentials: bool,
        refusal: bool,
    }
    both writemagic::ai::resilience::RetryPolicy as RetryPolicy { attempts: u32, backoff: Backoff }
    both writemagic::ai::resilience::Backoff as Backoff {
        base: Duration,
        throttled_base: Duration,
        cap: Duration,
        asked_most: Duration,
        asked_jitter: Duration,
    }
    both writemagic::ai::run::Timers as RunTimers {
        connect: Duration,
        first_content: Duration,
        first_content_reasoning: Duration,
        gap: Duration,
        silence: Duration,
        whole: Duration,
        start: Duration,
    }
    out writemagic::ai::run::RunHead as RunHead {
        started: Timestamp,
        provider: String,
        model: String,
        ceiling: Locality,
        masked: bool,
        continues: Option<RunId>,
        request: Request,
    }
    out writemagic::ai::run::RunTail as RunTail {
        ended: Timestamp,
        state: RunState,
        reason: Option<StopReason>,
        error: Option<Code>,
        resumable: bool,
        usage: Option<Usage>,
        cost: Option<Microdollars>,
    }
    out writemagic::ai::run::RunRecord as RunRecord { head: RunHead, text: String, tail: Option<RunTail> }
        + { state: RunState, is_resumable: bool, whole_text: String }
}

choices! {
    in ModelChoice as ModelToAsk { 0 Provider(name: String), 1 Host(model: app::HostModel) }
    in writemagic::ai::resilience::Priority as RunPriority { 0 Foreground, 1 Background }
    out writemagic::ai::run::RunState as RunState { 0 Completed, 1 Interrupted, 2 Cancelled, 3 Failed }
    out ProviderMark as ProviderMark { 0 CoolingDown { until: Timestamp }, 1 OutOfQuota, 2 Disabled }
}

operations! {
    Assistant in LIBRARIES {
        call runs_with(library, keys: app::KeySource, transport: Option<app::Transport>) -> object::Runs {
            let assistant = library.assistant().clone();
            let runs = assistant.runs_with(std::sync::Arc::new(keys), transport.map(app::Transport::shared))?;
            Ok::<_, Failure>(object::Runs(RUNS.insert(LibraryRuns { runs, assistant })?))
        }
        call run(library, run: RunId) -> RunRecord { library.assistant().run(run) }
        call runs(library, before: Option<RunId>, limit: u64 = "100") -> Vec<RunId> {
            library.assistant().runs(before, limit)
        }
        call forget_run(library, run: RunId) -> () { library.assistant().forget_run(run) }
    }
    Runs {
        /// How often one model is asked where nothing else is said.
        get default_policy() -> RetryPolicy { Ok::<_, Failure>(RetryPolicy::default()) }
        /// How long each part of a run may take where nothing else is said.
        get default_timers() -> Timers { Ok::<_, Failure>(Timers::default()) }
    }
    Runs in RUNS {
        hidden start(library, request: Request, terms: TermsFields) -> object::RunHandle {
            let run = library.runs.start(request, library.terms(terms)?)?;
            Ok::<_, Failure>(object::RunHandle(LISTENED.insert(Listened::new(run, &library.runs))?))
        }
        hidden go_on(library, run: RunId, terms: TermsFields) -> object::RunHandle {
            let run = library.runs.go_on(run, library.terms(terms)?)?;
            Ok::<_, Failure>(object::RunHandle(LISTENED.insert(Listened::new(run, &library.runs))?))
        }
        now cancel(library, run: RunId) -> bool { Ok::<_, Failure>(library.runs.cancel(run)) }
        now cancel_all(library) -> () {
            library.runs.cancel_all();
            Ok::<_, Failure>(())
        }
        now pause_all(library) -> () {
            library.runs.pause_all();
            Ok::<_, Failure>(())
        }
        call keep_all(library, timeout: Duration) -> bool { Ok::<_, Failure>(library.runs.keep_all(timeout)) }
        call resumed(library) -> () {
            library.runs.resumed();
            Ok::<_, Failure>(())
        }
        now provider_changed(library, provider: String) -> () {
            library.runs.provider_changed(&provider);
            Ok::<_, Failure>(())
        }
        now mark(library, provider: String) -> Option<ProviderMark> {
            let mark = library.runs.mark(&provider).map(|mark| match mark {
                Mark::CoolingDown { until } => ProviderMark::CoolingDown { until: library.runs.time_of(until) },
                Mark::OutOfQuota => ProviderMark::OutOfQuota,
                Mark::Disabled => ProviderMark::Disabled,
            });
            Ok::<_, Failure>(mark)
        }
        get open(library) -> Vec<RunId> { Ok::<_, Failure>(library.runs.open()) }
        now is_open(library, run: RunId) -> bool { Ok::<_, Failure>(library.runs.is_open(run)) }
        call wait_idle(library, timeout: Duration) -> bool { Ok::<_, Failure>(library.runs.wait_idle(timeout)) }
        /// What is known of the model of a provider that the library has.
        call capabilities(library, provider: String) -> Capabilities {
            let provider = library.assistant.provider(&provider)?;
            Ok::<_, Failure>(library.runs.records().capabilities(&provider))
        }
        /// What the model of a provider that the library has costs, where that is known.
        call prices(library, provider: String) -> Option<Prices> {
            let provider = library.assistant.provider(&provider)?;
            Ok::<_, Failure>(library.runs.records().prices(&provider))
        }
        /// The date of what is known of models: `2026-05-31`.
        get records_as_of(library) -> String { Ok::<_, Failure>(library.runs.records().as_of().to_owned()) }
        /// Puts other records of models, as JSON, in the place of those that the engine has, for the runs that come.
        call set_records(library, json: String) -> () {
            library.runs.set_records(Records::parse(&json)?);
            Ok::<_, Failure>(())
        }
        /// A model's tokens to estimated ones, in thousandths, as far as that was learned.
        now tokens_per_mille(library, model: String) -> u64 {
            Ok::<_, Failure>(library.runs.token_ratios().per_mille(&model))
        }
    }
}
