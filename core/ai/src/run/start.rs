//! How a run comes to an attempt, and what attempts cost.

use crate::ledger::{LedgerError, Quote};
use crate::model::{Microdollars, Usage};
use crate::resilience::{Class, Fitness, Moment, Next, Retry};
use writemagic_shared::error::Coded as _;

use super::action::{Action, RunEvent};
use super::candidate::Candidate;
use super::cause::Cause;
use super::machine::{Asked, Phase, Run};
use super::outcome::RunEnd;

impl Run {
    /// Asks the next candidate that may be asked; where there is none, the run fails.
    pub(super) fn ask_next(&mut self, now: Moment) {
        let deadline = self.began.after(self.timers.start);
        if now > deadline {
            return self.fail(self.last_cause.unwrap_or(Cause::Late), None, now);
        }
        let mut guards = None;
        let (candidates, services, ceiling) = (&self.candidates, &self.services, self.ceiling);
        let resting = &mut self.resting;
        let next = self.chain.next(|place| {
            let Some(candidate) = candidates.get(place.number) else {
                return Fitness::Unfit(Cause::NoModel);
            };
            if let Err(refusal) = ceiling.clear(candidate) {
                return Fitness::Unfit(Cause::Ceiling(refusal));
            }
            let needed = candidate.input_tokens.saturating_add(candidate.max_output_tokens);
            if let Some(context) = candidate.context_tokens
                && needed > context
            {
                return Fitness::Unfit(Cause::NoRoom { needed, context });
            }
            if let Some(mark) = services.cooldowns.mark(&candidate.provider) {
                resting.get_or_insert(Cause::Marked(mark));
                return Fitness::Later(mark.retry_at());
            }
            // Before the ledger: a refusal must cost no write. It is returned if the ledger refuses.
            let permit = match candidate.breaker.acquire() {
                Ok(permit) => permit,
                Err(refusal) => {
                    resting.get_or_insert(Cause::Breaker(refusal));
                    return Fitness::Later(refusal.retry_at);
                }
            };
            let quote = Quote::new(candidate.prices, candidate.input_tokens, candidate.max_output_tokens);
            match services.ledger.reserve(&candidate.provider, &candidate.model, &quote) {
                Ok(reservation) => {
                    guards = Some((permit, reservation));
                    Fitness::Fit
                }
                Err(LedgerError::Exceeded(exceeded)) => Fitness::Unfit(Cause::Exceeded(exceeded)),
                Err(error) => Fitness::Unfit(Cause::Store(error.code())),
            }
        });
        let (number, retry_at, unfit) = match next {
            Next::Ask(place) => (Some(place.number), None, None),
            Next::Nobody { retry_at, unfit } => (None, retry_at, unfit),
        };
        match (number, guards) {
            (Some(number), Some((permit, reservation))) => {
                if let Some(cause) = self.last_cause {
                    let fallback = RunEvent::Fallback { candidate: number, cause };
                    self.actions.push_back(Action::Emit(fallback));
                }
                self.asked = Some(Asked {
                    number,
                    retry: Retry::new(self.policy, deadline),
                    permit: Some(permit),
                    reservation: Some(reservation),
                    before: Usage::default(),
                    reported: None,
                    model: None,
                    met_stale_socket: false,
                });
                self.start(number, false);
            }
            _ => {
                let cause = self.last_cause.or(self.resting).or(unfit).unwrap_or(Cause::NoModel);
                self.fail(cause, retry_at, now);
            }
        }
    }

    /// The wait is over: the same candidate is asked again, if its breaker still lets anybody.
    pub(super) fn start_again(&mut self, on_new_connection: bool, now: Moment) {
        let Some(asked) = &mut self.asked else { return };
        let Some(candidate) = self.candidates.get(asked.number) else { return };
        match candidate.breaker.acquire() {
            Ok(permit) => {
                asked.permit = Some(permit);
                let number = asked.number;
                self.start(number, on_new_connection);
            }
            // The endpoint failed for others meanwhile: another one may be asked.
            Err(refusal) => self.give_up(Cause::Breaker(refusal), Class::Server, refusal.retry_at, now),
        }
    }

    /// The attempt passed its gate: whether it may still be sent. While it waited the endpoint may have failed for others;
    /// then another candidate is asked, or the run fails, and the attempt is over.
    pub fn turn_came(&mut self, attempt: u32, now: Moment) -> bool {
        if self.phase != Phase::Starting || attempt != self.attempt {
            return false;
        }
        let Some(asked) = &mut self.asked else { return false };
        let Some(candidate) = self.candidates.get(asked.number) else { return false };
        // Given back first: it may be the only one that there is.
        asked.permit = None;
        match candidate.breaker.acquire() {
            Ok(permit) => {
                asked.permit = Some(permit);
                true
            }
            Err(refusal) => {
                self.give_up(Cause::Breaker(refusal), Class::Server, refusal.retry_at, now);
                false
            }
        }
    }

    fn start(&mut self, candidate: usize, on_new_connection: bool) {
        self.attempt = self.attempt.saturating_add(1);
        self.last_asked = Some(candidate);
        self.phase = Phase::Starting;
        self.actions.push_back(Action::Start { attempt: self.attempt, candidate, on_new_connection });
    }

    /// The candidate is not asked any more: what it used is settled, or its reservation released.
    pub(super) fn settle_candidate(&mut self) {
        if let Some(mut asked) = self.asked.take()
            && let Some(reservation) = asked.reservation.take()
        {
            // What cannot be written stays reserved, and counts as before.
            if asked.before == Usage::default() {
                let _ = reservation.release();
                self.settled = (None, None);
            } else {
                self.settled = (Some(asked.before), reservation.settle(&asked.before).ok().flatten());
            }
        }
    }

    /// Settles the run's last candidate: by what was reported; by estimate where nothing was, or less than was seen;
    /// or not at all where nothing can have been used.
    pub(super) fn settle(&mut self, end: RunEnd) -> (Option<Usage>, Option<Microdollars>) {
        let seen = self.delivery.tokens();
        let (content_shown, phase) = (self.content_shown, self.phase);
        let Some(asked) = &mut self.asked else { return self.settled };
        let (Some(reservation), Some(candidate)) =
            (asked.reservation.take(), self.candidates.get(asked.number))
        else {
            return (None, None);
        };
        let is_whole = matches!(end, RunEnd::Completed { .. });
        let is_out = matches!(phase, Phase::Open(_)) && !matches!(end, RunEnd::Failed { .. });
        let present = match asked.reported {
            Some(reported) if is_whole || reported.output_tokens >= seen => reported,
            // A stream that broke off reports its prompt at the beginning, and its answer too late.
            Some(reported) => Usage { output_tokens: seen, estimated: true, ..reported },
            None if content_shown || is_whole || is_out => Usage {
                input_tokens: candidate.input_tokens,
                output_tokens: seen,
                estimated: true,
                ..Usage::default()
            },
            None => Usage::default(),
        };
        let usage = sum(asked.before, present);
        if usage == Usage::default() {
            let _ = reservation.release();
            return (None, None);
        }
        let cost = reservation.settle(&usage).ok().flatten();
        (Some(usage), cost)
    }
}

impl Asked {
    /// Adds what a failed attempt used: as it reported, or its prompt where the run gave up an answer that was on its way.
    pub(super) fn count_failed_attempt(&mut self, candidate: &Candidate, prompt_was_taken: bool) {
        let estimated = Usage { input_tokens: candidate.input_tokens, estimated: true, ..Usage::default() };
        let used = self.reported.take().or(prompt_was_taken.then_some(estimated)).unwrap_or_default();
        self.before = sum(self.before, used);
        self.model = None;
    }
}

fn sum(one: Usage, other: Usage) -> Usage {
    Usage {
        input_tokens: one.input_tokens.saturating_add(other.input_tokens),
        cache_read_tokens: one.cache_read_tokens.saturating_add(other.cache_read_tokens),
        cache_write_tokens: one.cache_write_tokens.saturating_add(other.cache_write_tokens),
        output_tokens: one.output_tokens.saturating_add(other.output_tokens),
        reasoning_tokens: one.reasoning_tokens.saturating_add(other.reasoning_tokens),
        estimated: one.estimated || other.estimated,
    }
}
