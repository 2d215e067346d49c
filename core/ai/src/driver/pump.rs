//! What keeps one run going: does what it wants done, and tells it what comes of that.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use writemagic_shared::error::Coded as _;
use writemagic_shared::id::RunId;

use crate::model::{Locality, Request, Role};
use crate::privacy::{Ceiling, Masking};
use crate::resilience::{Moment, MonotonicClock as _, Priority, Random as _};
use crate::run::{Action, Cause, Outcome, Plan, Run, RunEnd, RunHead, RunJournal, Unsent};
use crate::stream::{End, Event, Failure};
use crate::transport::Response;
use crate::wire::AnswerDecoder;

use super::asked::{Asked, is_masked};
use super::exchange::{Attempt, Came, Exchange, Incoming, read_out};
use super::handle::Teller;
use super::reading::Reading;
use super::runs::Shared;
use super::terms::{Model, Terms};

/// A run that is to begin.
pub(super) struct Job {
    pub(super) run: RunId,
    /// What to ask. Where the run goes on from another, its last turn is the answer so far.
    pub(super) request: Request,
    pub(super) continues: Option<RunId>,
    pub(super) terms: Terms,
}

/// Drives a run to its end.
pub(super) async fn drive(shared: Arc<Shared>, job: Job, mut teller: Teller) {
    match Begun::new(&shared, job) {
        Ok((plan, begun)) => {
            let run = Run::new(plan, shared.services.clone());
            Pump { shared, begun, run, teller, exchange: Exchange::None, kept: 0, keep_met: 0 }.pump().await;
        }
        Err(cause) => {
            let end = RunEnd::Failed { cause, retry_at: None };
            let nothing = Outcome { end, text: String::new(), usage: None, cost: None, candidate: None };
            teller.end(Box::new(nothing));
        }
    }
}

/// A run whose beginning was written down.
pub(super) struct Begun {
    pub(super) asked: Vec<Asked>,
    pub(super) localities: Vec<Locality>,
    pub(super) journal: RunJournal,
    pub(super) masking: Option<Masking>,
    pub(super) ceiling: Ceiling,
    priority: Priority,
    /// The candidate that was asked last, and how often.
    attempts: Option<(usize, u32)>,
}

impl Begun {
    fn new(shared: &Shared, job: Job) -> Result<(Plan, Self), Cause> {
        let Job { run, request, continues, terms } = job;
        let (records, ratios) = (shared.records(), shared.ratios().clone());
        let asked = terms
            .models
            .into_iter()
            .map(|model| Asked::new(model, &request, continues.is_some(), &records, &ratios, &shared.guards));
        let (asked, candidates): (Vec<_>, Vec<_>) = asked.unzip();
        let first = candidates.first();
        let head = RunHead {
            started: shared.clock.now(),
            provider: first.map(|first| first.provider.clone()).unwrap_or_default(),
            model: first.map(|first| first.model.clone()).unwrap_or_default(),
            ceiling: terms.ceiling.locality(),
            masked: terms.mask.is_some(),
            continues,
            request,
        };
        let journal = RunJournal::begin(Arc::clone(&shared.store), run, head)
            .map_err(|error| Cause::Store(error.code()))?;
        let localities = candidates.iter().map(|candidate| candidate.locality).collect();
        let plan = Plan {
            candidates,
            consents: terms.consents,
            ceiling: terms.ceiling,
            policy: terms.policy,
            timers: terms.timers,
            seed: shared.random().next_bits(),
        };
        let masking = terms.mask.map(|mask| mask.begin());
        let (ceiling, priority) = (terms.ceiling, terms.priority);
        Ok((plan, Self { asked, localities, journal, masking, ceiling, priority, attempts: None }))
    }

    /// What reads the answer of this candidate.
    pub(super) fn reading(&self, candidate: usize) -> Reading {
        let head = self.journal.head();
        let written = head.request.messages.last().filter(|last| last.role == Role::Assistant);
        let written = written.filter(|_| head.continues.is_some()).map(|last| last.text.as_str());
        Reading::new(self.masking.as_ref().filter(|_| self.is_masked(candidate)), written)
    }

    pub(super) fn is_masked(&self, candidate: usize) -> bool {
        match (self.asked.get(candidate), self.localities.get(candidate)) {
            (Some(asked), Some(locality)) => is_masked(&asked.model, *locality),
            _ => true,
        }
    }

    fn count_attempt(&mut self, candidate: usize) {
        let before = self.attempts.filter(|(last, _)| *last == candidate).map_or(0, |(_, attempts)| attempts);
        self.attempts = Some((candidate, before.saturating_add(1)));
    }
}

pub(super) struct Pump {
    pub(super) shared: Arc<Shared>,
    pub(super) begun: Begun,
    pub(super) run: Run,
    teller: Teller,
    pub(super) exchange: Exchange,
    /// Bytes of the text that are kept.
    kept: u64,
    /// The last wish for keeping that was met.
    keep_met: u64,
}

impl Pump {
    async fn pump(&mut self) {
        self.run.begin(self.now());
        loop {
            self.act();
            if self.teller.is_ended() {
                return;
            }
            let delivered = self.teller.deliver();
            let now = self.now();
            match delivered {
                true => self.run.resume_reading(now),
                false => self.run.hold_reading(now),
            }
            let wait = self.run.wake_at().map(|at| at.since(now));
            let control = Arc::clone(&self.teller.control);
            // What came is looked at before the time: a device that slept has both.
            tokio::select! {
                biased;
                () = control.told() => self.listen(),
                came = self.exchange.next(), if delivered => self.came(came),
                () = pass(wait.unwrap_or_default()), if wait.is_some() => {
                    let now = self.now();
                    self.run.expire(now);
                }
            }
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.shared.monotonic.now()
    }

    /// Hears what was said from outside.
    fn listen(&mut self) {
        let now = self.now();
        let control = Arc::clone(&self.teller.control);
        if control.is_cancelled() {
            self.tell_held(now);
            self.run.cancel(now);
        } else if control.is_paused() {
            self.tell_held(now);
            self.run.pause(now);
        }
        let wish = control.keep_asked();
        if wish > self.keep_met {
            self.run.keep_now();
            self.act();
            self.keep_met = wish;
            self.teller.kept(wish);
        }
    }

    /// Tells the run what is still held back of an answer that is given up now.
    fn tell_held(&mut self, now: Moment) {
        if let Some(attempt) = self.exchange.attempt()
            && let Some(reading) = self.exchange.reading()
        {
            reading.finish(&mut self.run, attempt.number, now);
        }
    }

    /// Does all that the run wants done.
    fn act(&mut self) {
        while let Some(action) = self.run.next_action() {
            match action {
                Action::Start { attempt, candidate, on_new_connection } => {
                    let attempt = Attempt { number: attempt, candidate, on_new_connection };
                    self.start(attempt);
                }
                Action::Stop { attempt } => {
                    if self.exchange.attempt().is_some_and(|present| present.number == attempt) {
                        self.exchange = Exchange::None;
                    }
                }
                Action::Emit(event) => self.teller.tell(event),
                Action::Append { offset, text } => match self.begun.journal.append(offset, &text) {
                    Ok(()) => self.kept = offset + text.as_str().len() as u64,
                    Err(error) => {
                        writemagic_shared::event!(Warn, "a run's text was not kept", code = error.code());
                        let now = self.now();
                        self.run.append_failed(offset, now);
                    }
                },
                Action::End(outcome) => self.end(outcome),
            }
        }
    }

    fn start(&mut self, attempt: Attempt) {
        let Some(asked) = self.begun.asked.get(attempt.candidate) else {
            let now = self.now();
            return self.run.unsent(attempt.number, Unsent::NoTransport, now);
        };
        let entry = asked.gate.enter(self.begun.priority);
        self.begun.count_attempt(attempt.candidate);
        self.exchange = Exchange::Gate { attempt, entry };
    }

    /// Takes in what the attempt brought.
    fn came(&mut self, came: Came) {
        let now = self.now();
        match (came, std::mem::take(&mut self.exchange)) {
            (Came::Turn(Ok(slot)), Exchange::Gate { attempt, .. }) => self.send(attempt, slot),
            (Came::Turn(Err(full)), Exchange::Gate { attempt, .. }) => {
                self.run.unsent(attempt.number, Unsent::Queue(full), now);
            }
            (Came::Head(Ok(response)), Exchange::Sent { attempt, reading, slot, .. }) => {
                let decoder = self.decoder(attempt, &response);
                if let Some(decoder) = decoder {
                    let incoming = Incoming { attempt, response, decoder, reading, _slot: slot };
                    self.exchange = Exchange::Response(Box::new(incoming));
                }
            }
            (Came::Head(Err(failure)), Exchange::Sent { attempt, .. }) => {
                self.run.event(attempt.number, failed(failure), now);
            }
            (Came::Chunk(chunk), Exchange::Response(mut incoming)) => {
                let Incoming { attempt, decoder, reading, .. } = &mut *incoming;
                let run = &mut self.run;
                let mut whole = false;
                let mut sink = |event: Event<'_>| {
                    whole |= matches!(event, Event::End(End::Finished(_)));
                    reading.read(event, run, attempt.number, now);
                };
                match chunk {
                    Some(Ok(bytes)) => decoder.push(&bytes, &mut sink),
                    Some(Err(failure)) => decoder.broke_off(failure, &mut sink),
                    None => decoder.finish(&mut sink),
                }
                if !decoder.is_ended() {
                    self.exchange = Exchange::Response(incoming);
                } else if whole {
                    self.shared.runtime.spawn(read_out(incoming.response));
                }
            }
            (Came::Host, Exchange::Host { attempt, call, mut answer, mut reading, slot }) => {
                let run = &mut self.run;
                let mut sink = |event: Event<'_>| reading.read(event, run, attempt.number, now);
                if !answer.drain(&mut sink) {
                    self.exchange = Exchange::Host { attempt, call, answer, reading, slot };
                }
            }
            // What came is of the exchange that waited for it.
            (_, exchange) => self.exchange = exchange,
        }
    }

    fn decoder(&self, attempt: Attempt, response: &Response) -> Option<AnswerDecoder> {
        match &self.begun.asked.get(attempt.candidate)?.model {
            Model::Provider(provider) => {
                Some(AnswerDecoder::new(provider.wire(), response.head(), self.shared.clock.now()))
            }
            Model::Host(_) => None,
        }
    }

    /// Keeps the end, learns from it, and tells it.
    fn end(&mut self, outcome: Box<Outcome>) {
        self.exchange = Exchange::None;
        let is_kept = self.kept == outcome.text.len() as u64;
        if let Err(error) = self.begun.journal.end(&outcome, self.shared.clock.now(), is_kept) {
            writemagic_shared::event!(Warn, "a run's end was not kept", code = error.code());
        }
        // What several attempts used together says nothing of one prompt.
        if let (Some(usage), Some((candidate, 1))) = (outcome.usage, self.begun.attempts)
            && !usage.estimated
            && outcome.candidate == Some(candidate)
            && let Some(asked) = self.begun.asked.get(candidate)
        {
            let model = &self.begun.journal.head().model;
            self.shared.ratios().learn(model, asked.estimated, usage.input_tokens);
        }
        self.teller.end(outcome);
    }
}

impl Drop for Pump {
    /// The runtime is gone: the run is cancelled, and its text kept.
    fn drop(&mut self) {
        if !self.teller.is_ended() && !std::thread::panicking() {
            let now = self.now();
            self.tell_held(now);
            self.run.cancel(now);
            self.act();
        }
    }
}

async fn pass(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

/// The end of an attempt that failed so.
pub(super) fn failed(failure: Failure) -> Event<'static> {
    Event::End(End::Failed(failure))
}
