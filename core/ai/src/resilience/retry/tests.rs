use std::sync::Arc;

use super::*;
use crate::resilience::{ManualMonotonicClock, MonotonicClock as _, RetryBudgetSettings, SeededRandom};

/// One run at one provider, with all that it needs.
struct Run {
    clock: Arc<ManualMonotonicClock>,
    budget: RetryBudget,
    random: SeededRandom,
    retry: Retry,
}

impl Run {
    fn new() -> Self {
        let clock = Arc::new(ManualMonotonicClock::new());
        let budget = RetryBudget::new(RetryBudgetSettings::default(), clock.clone());
        let retry = Retry::new(RetryPolicy::default(), clock.now().after(START_DEADLINE));
        Self { clock, budget, random: SeededRandom::from_seed(3), retry }
    }

    fn failed(&mut self, failure: impl Into<Failure>) -> Decision {
        self.retry.failed(failure.into(), self.clock.now(), &self.budget, &mut self.random)
    }

    /// The wait until the next attempt, slept through; or why there is none.
    fn waited(&mut self, failure: impl Into<Failure>) -> Result<Duration, StopReason> {
        match self.failed(failure) {
            Decision::Retry { at, .. } => {
                let wait = at.since(self.clock.now());
                self.clock.advance(wait);
                Ok(wait)
            }
            Decision::Stop { reason, .. } => Err(reason),
        }
    }
}

fn asking(class: Class, seconds: u64) -> Failure {
    Failure { asked: Some(Duration::from_secs(seconds)), ..class.into() }
}

fn told(class: Class, should_retry: bool) -> Failure {
    Failure { should_retry: Some(should_retry), ..class.into() }
}

#[test]
fn two_failures_are_retried_within_their_bounds_and_the_third_is_final() {
    for seed in 0..200 {
        let mut run = Run::new();
        run.random = SeededRandom::from_seed(seed);
        assert_eq!(run.retry.attempt(), 1);
        assert!(run.waited(Class::Server).unwrap() <= Duration::from_millis(500));
        assert!(run.waited(Class::Connection).unwrap() <= Duration::from_secs(1));
        assert_eq!(run.retry.attempt(), 3);
        assert_eq!(run.waited(Class::Server), Err(StopReason::AttemptsSpent));
        assert_eq!(run.budget.tokens(), 72);
        run.retry.succeeded(&run.budget);
        assert_eq!(run.budget.tokens(), 86);
    }
}

#[test]
fn a_server_that_asks_for_seven_seconds_is_asked_after_them_and_soon() {
    for seed in 0..200 {
        let mut run = Run::new();
        run.random = SeededRandom::from_seed(seed);
        let wait = run.waited(asking(Class::Throttled, 7)).unwrap();
        assert!((Duration::from_secs(7)..=Duration::from_millis(7_700)).contains(&wait));
        assert_eq!(run.budget.tokens(), 96, "5 for the retry, and 1 came back in 7 seconds");
    }
}

#[test]
fn a_server_may_ask_for_a_minute_and_not_for_more() {
    let mut run = Run::new();
    assert!(run.waited(asking(Class::Throttled, 60)).unwrap() >= Duration::from_secs(60));
    let mut run = Run::new();
    let stop = run.failed(asking(Class::Throttled, 600));
    let retry_at = Some(run.clock.now().after(Duration::from_secs(600)));
    assert_eq!(stop, Decision::Stop { reason: StopReason::WaitTooLong, retry_at });
    assert_eq!(run.budget.tokens(), 100);
}

#[test]
fn a_wait_of_zero_is_no_wish() {
    let mut run = Run::new();
    let wait = run.waited(asking(Class::Server, 0)).unwrap();
    assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500));
}

#[test]
fn no_attempt_begins_after_the_deadline() {
    let mut run = Run::new();
    run.clock.advance(Duration::from_secs(31));
    assert_eq!(run.waited(asking(Class::Server, 60)), Err(StopReason::DeadlinePassed));
    assert_eq!(run.budget.tokens(), 100, "what is not granted costs nothing");
    assert!(run.waited(Class::Server).is_ok());
    run.clock.advance(START_DEADLINE);
    assert_eq!(run.waited(Class::Server), Err(StopReason::DeadlinePassed));
}

#[test]
fn a_dead_pooled_connection_is_replaced_once_at_once_for_nothing() {
    let mut run = Run::new();
    let now = run.clock.now();
    assert_eq!(run.failed(Class::StaleSocket), Decision::Retry { at: now, on_new_connection: true });
    assert_eq!((run.retry.attempt(), run.budget.tokens()), (1, 100));
    assert!(matches!(run.failed(Class::StaleSocket), Decision::Retry { on_new_connection: false, .. }));
    assert_eq!((run.retry.attempt(), run.budget.tokens()), (2, 86));
}

#[test]
fn what_asking_again_does_not_mend_is_not_asked_again() {
    let hopeless = [
        Class::Offline,
        Class::Quota,
        Class::NotAStream,
        Class::Credentials,
        Class::Request,
        Class::ContextTooLong,
        Class::Refused,
        Class::BrokenStream,
        Class::Stopped,
    ];
    for class in hopeless {
        assert_eq!(Run::new().waited(class), Err(StopReason::Class));
    }
}

#[test]
fn the_servers_wish_overrules_the_table_but_not_the_bounds() {
    assert_eq!(Run::new().waited(told(Class::Server, false)), Err(StopReason::ServerSaidNo));
    let mut run = Run::new();
    assert!(run.waited(told(Class::Request, true)).is_ok());
    assert!(run.waited(told(Class::Request, true)).is_ok());
    assert_eq!(run.waited(told(Class::Request, true)), Err(StopReason::AttemptsSpent));
    for class in [Class::Stopped, Class::Offline, Class::BrokenStream] {
        assert_eq!(Run::new().waited(told(class, true)), Err(StopReason::Class));
    }
}

#[test]
fn nothing_is_retried_once_content_was_shown() {
    let mut run = Run::new();
    run.retry.content_shown();
    for failure in [told(Class::Server, true), Class::StaleSocket.into(), asking(Class::Throttled, 1)] {
        assert_eq!(run.waited(failure), Err(StopReason::ContentShown));
    }
}

#[test]
fn an_empty_budget_ends_retries_of_every_run() {
    let mut run = Run::new();
    while run.budget.withdraw(RetryCost::Transient) {}
    assert_eq!(run.waited(Class::Server), Err(StopReason::BudgetSpent));
    assert_eq!(run.retry.attempt(), 1);
}

#[test]
fn a_throttled_run_without_a_word_from_the_server_tells_when_its_cooldown_ends() {
    let mut run = Run::new();
    for _ in 0..2 {
        run.waited(Class::Throttled).unwrap();
    }
    let retry_at = Some(run.clock.now().after(Duration::from_secs(5)));
    assert_eq!(run.failed(Class::Throttled), Decision::Stop { reason: StopReason::AttemptsSpent, retry_at });
}
