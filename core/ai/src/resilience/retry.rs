//! The one loop that asks again: a state machine that says when, or why not.

use std::time::Duration;

use super::backoff::Backoff;
use super::budget::RetryBudget;
use super::class::{Class, RetryCost, RetryRule};
use super::clock::Moment;
use super::cooldown::COOLDOWN;
use super::random::Random;

/// How often, and in what time, a provider is asked. The default is three attempts, as in the OpenAI, Anthropic and
/// AWS clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. A dead pooled connection is not one.
    pub attempts: u32,
    /// The waits between them.
    pub backoff: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, backoff: Backoff::default() }
    }
}

/// How long a run may take to begin, over all attempts and all providers: 90 s (ours).
pub const START_DEADLINE: Duration = Duration::from_secs(90);

/// A failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub class: Class,
    /// How long the server asked to be left alone. Nothing and zero are the same.
    pub asked: Option<Duration>,
    /// Whether the server wishes to be asked again (`x-should-retry`): it overrules the table of [`Class`].
    pub should_retry: Option<bool>,
}

impl From<Class> for Failure {
    /// A failure of which the server said no more.
    fn from(class: Class) -> Self {
        Self { class, asked: None, should_retry: None }
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Ask the same provider again.
    Retry {
        /// When; never before.
        at: Moment,
        /// Whether on a new connection, even where a kept one is open.
        on_new_connection: bool,
    },
    /// Do not.
    Stop {
        /// Why not.
        reason: StopReason,
        /// From when on it may make sense again, where that is known.
        retry_at: Option<Moment>,
    },
}

/// Why a provider is not asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// Asking again does not help against this class.
    Class,
    /// The server wishes not to be asked again.
    ServerSaidNo,
    /// Content was shown: a second answer would be text and bill twice.
    ContentShown,
    /// That was the last attempt.
    AttemptsSpent,
    /// The server asks for a longer wait than anybody sits through.
    WaitTooLong,
    /// The wait would end after the run's start deadline.
    DeadlinePassed,
    /// Too many retries of this provider went before.
    BudgetSpent,
}

/// The attempts of one run at one provider. Begin one for each provider; the deadline goes with the run.
///
/// Only this retries. A transport or a host that retries too multiplies the calls.
#[derive(Clone, Debug)]
pub struct Retry {
    policy: RetryPolicy,
    deadline: Moment,
    failed: u32,
    met_stale_socket: bool,
    content_was_shown: bool,
    last: Option<RetryCost>,
}

impl Retry {
    /// No attempt made so far. No retry begins after `deadline`: the run's start and [`START_DEADLINE`].
    pub fn new(policy: RetryPolicy, deadline: Moment) -> Self {
        Self { policy, deadline, failed: 0, met_stale_socket: false, content_was_shown: false, last: None }
    }

    /// The number of the attempt that runs now, or comes next; the first is 1.
    pub fn attempt(&self) -> u32 {
        self.failed.saturating_add(1)
    }

    /// Content was shown: from now on nothing is retried.
    pub fn content_shown(&mut self) {
        self.content_was_shown = true;
    }

    /// The attempt succeeded: gives the budget what is due.
    pub fn succeeded(&self, budget: &RetryBudget) {
        budget.succeeded(self.last);
    }

    /// The attempt failed `now`: whether and when the next one is made. A retry is paid from `budget` when it is
    /// granted, and only then.
    pub fn failed(
        &mut self,
        failure: Failure,
        now: Moment,
        budget: &RetryBudget,
        random: &mut impl Random,
    ) -> Decision {
        let asked = failure.asked.filter(|wait| !wait.is_zero());
        let retry_at = match (asked, failure.class) {
            (Some(wait), _) => Some(now.after(wait)),
            (None, Class::Throttled) => Some(now.after(COOLDOWN)),
            _ => None,
        };
        match self.granted(failure, asked, now, budget, random) {
            Ok(retry) => retry,
            Err(reason) => Decision::Stop { reason, retry_at },
        }
    }

    fn granted(
        &mut self,
        failure: Failure,
        asked: Option<Duration>,
        now: Moment,
        budget: &RetryBudget,
        random: &mut impl Random,
    ) -> Result<Decision, StopReason> {
        if self.content_was_shown {
            return Err(StopReason::ContentShown);
        }
        let cost = match self.rule(failure) {
            RetryRule::Backoff(cost) => cost,
            RetryRule::Never if failure.should_retry == Some(false) => return Err(StopReason::ServerSaidNo),
            RetryRule::Never => return Err(StopReason::Class),
            RetryRule::OnceAtOnce => {
                self.met_stale_socket = true;
                return Ok(Decision::Retry { at: now, on_new_connection: true });
            }
        };
        if self.attempt() >= self.policy.attempts {
            return Err(StopReason::AttemptsSpent);
        }
        let backoff = &self.policy.backoff;
        let wait = match asked {
            Some(asked) if asked > backoff.asked_most => return Err(StopReason::WaitTooLong),
            Some(asked) => backoff.wait_as_asked(asked, random),
            None => backoff.wait(cost, self.failed, random),
        };
        let at = now.after(wait);
        if at > self.deadline {
            return Err(StopReason::DeadlinePassed);
        }
        if !budget.withdraw(cost) {
            return Err(StopReason::BudgetSpent);
        }
        self.failed = self.attempt();
        self.last = Some(cost);
        Ok(Decision::Retry { at, on_new_connection: false })
    }

    /// The rule for `failure`: the table's, what the server says instead, and for a second dead connection, which
    /// cannot have been a kept one, that of new connections.
    fn rule(&self, failure: Failure) -> RetryRule {
        let class = match failure.class {
            Class::StaleSocket if self.met_stale_socket => Class::Connection,
            class => class,
        };
        let rule = class.handling().retry;
        match failure.should_retry {
            Some(false) if class.heeds_server() => RetryRule::Never,
            Some(true) if class.heeds_server() && rule == RetryRule::Never => {
                RetryRule::Backoff(RetryCost::Transient)
            }
            _ => rule,
        }
    }
}

#[cfg(test)]
mod tests;
