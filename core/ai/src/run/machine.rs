//! The run itself: what it is told, and what it makes of it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ledger::Reservation;
use crate::model::{Microdollars, Usage};
use crate::resilience::{self, Chain, Class, Decision, Moment, Permit, Retry, SeededRandom};
use crate::stream::{End, Event, Failure, FailureClass};

use super::action::{Action, RunEvent};
use super::candidate::{Candidate, Place, Plan, Services};
use super::cause::{Cause, Unsent, class_of};
use super::delivery::Delivery;
use super::outcome::{Outcome, RunEnd};
use super::partial::Partial;
use super::timers::Timers;

/// One run as a state machine. It touches no network and reads no clock: a driver tells it what happened and when, and
/// does what [`next_action`](Run::next_action) says. It does read and write the ledger's store.
///
/// The driver calls [`begin`](Run::begin), then after each call takes all actions, and calls
/// [`expire`](Run::expire) at [`wake_at`](Run::wake_at). What comes of an attempt that is no longer wanted is ignored, as
/// is everything after the end. A run that is dropped before its end returns its permit and leaves its
/// reservation settled as estimated.
#[derive(Debug)]
pub struct Run {
    pub(super) candidates: Vec<Candidate>,
    pub(super) chain: Chain<Place, Cause>,
    pub(super) services: Services,
    pub(super) ceiling: crate::privacy::Ceiling,
    pub(super) policy: resilience::RetryPolicy,
    pub(super) timers: Timers,
    pub(super) random: SeededRandom,
    pub(super) began: Moment,
    pub(super) phase: Phase,
    /// The attempt that was started last.
    pub(super) attempt: u32,
    pub(super) asked: Option<Asked>,
    /// What the candidate used that was given up last, and what that cost.
    pub(super) settled: (Option<Usage>, Option<Microdollars>),
    /// The candidate of the last attempt.
    pub(super) last_asked: Option<usize>,
    /// Why the last candidate that was asked is not asked any more.
    pub(super) last_cause: Option<Cause>,
    /// Why the first candidate that may be asked later is not asked now.
    pub(super) resting: Option<Cause>,
    pub(super) partial: Partial,
    pub(super) delivery: Delivery,
    pub(super) actions: VecDeque<Action>,
    pub(super) content_shown: bool,
    pub(super) started_shown: bool,
    tool_called: bool,
    /// Since when nothing is read because nobody takes what came.
    pub(super) held_since: Option<Moment>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    /// Not begun.
    Ready,
    /// Between two attempts.
    Waiting { until: Moment, on_new_connection: bool },
    /// An attempt waits for its turn.
    Starting,
    /// An attempt is out.
    Open(Open),
    /// The end was told.
    Ended,
}

/// An attempt that was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Open {
    pub(super) sent: Moment,
    pub(super) connected: bool,
    pub(super) heard: Moment,
    /// Whether the provider took the request: what it costs is not known to be nothing.
    pub(super) accepted: bool,
    pub(super) content: Option<Moment>,
}

/// The candidate that is being asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) number: usize,
    pub(super) retry: Retry,
    pub(super) permit: Option<Permit>,
    pub(super) reservation: Option<Reservation>,
    /// What attempts before this one used.
    pub(super) before: Usage,
    /// What this attempt reported.
    pub(super) reported: Option<Usage>,
    /// The name that the provider gave its model, until it is shown.
    pub(super) model: Option<Option<String>>,
    pub(super) met_stale_socket: bool,
}

impl Run {
    /// A run that has not begun.
    pub fn new(plan: Plan, services: Services) -> Self {
        let places = plan.candidates.iter().enumerate().map(|(number, one)| Place::of(number, one)).collect();
        Self {
            chain: Chain::new(places, plan.consents),
            candidates: plan.candidates,
            services,
            ceiling: plan.ceiling,
            policy: plan.policy,
            timers: plan.timers,
            random: SeededRandom::from_seed(plan.seed),
            began: Moment::from_nanos(0),
            phase: Phase::Ready,
            attempt: 0,
            asked: None,
            settled: (None, None),
            last_asked: None,
            last_cause: None,
            resting: None,
            partial: Partial::default(),
            delivery: Delivery::default(),
            actions: VecDeque::new(),
            content_shown: false,
            started_shown: false,
            tool_called: false,
            held_since: None,
        }
    }

    /// Begins: looks for the first candidate that may be asked. Only the first call counts.
    pub fn begin(&mut self, now: Moment) {
        if self.phase == Phase::Ready {
            self.began = now;
            self.ask_next(now);
        }
    }

    /// What is to be done next; ask until there is nothing.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Whether the end was told.
    pub fn is_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// The attempt passed its gate and is being sent.
    pub fn sent(&mut self, attempt: u32, now: Moment) {
        if self.phase == Phase::Starting && attempt == self.attempt {
            self.phase =
                Phase::Open(Open { sent: now, connected: false, heard: now, accepted: false, content: None });
        }
    }

    /// The attempt has its connection. A driver whose transport watches over connecting itself says so at once after
    /// [`sent`](Self::sent).
    pub fn connected(&mut self, attempt: u32, now: Moment) {
        if let Some(open) = self.open(attempt) {
            open.connected = true;
            open.heard = now;
        }
    }

    /// The attempt was not sent.
    pub fn unsent(&mut self, attempt: u32, why: Unsent, now: Moment) {
        if self.phase != Phase::Starting || attempt != self.attempt {
            return;
        }
        match why {
            Unsent::Queue(full) => {
                self.settle_candidate();
                self.last_cause = self.last_cause.or(Some(Cause::Queue(full)));
                self.chain.was_refused(None);
                self.ask_next(now);
            }
            Unsent::Key(error) => self.give_up(Cause::Key(error), Class::Credentials, None, now),
            Unsent::NoTransport => self.give_up(Cause::NoTransport, Class::NotAStream, None, now),
            Unsent::Store(code) => self.fail(Cause::Store(code), None, now),
            Unsent::Ceiling(refusal) => self.fail(Cause::Ceiling(refusal), None, now),
            Unsent::Request(error) => self.fail(Cause::Request(error), None, now),
            Unsent::Mask(error) => self.fail(Cause::Mask(error), None, now),
        }
    }

    /// The attempt says this.
    pub fn event(&mut self, attempt: u32, event: Event<'_>, now: Moment) {
        let Some(open) = self.open(attempt) else { return };
        open.connected = true;
        open.heard = now;
        open.accepted |= !matches!(event, Event::End(_));
        if event.is_content() {
            self.content(now);
        }
        match event {
            Event::Started { model } => {
                if let Some(asked) = &mut self.asked
                    && !self.started_shown
                {
                    asked.model = Some(model.map(str::to_owned));
                }
            }
            Event::Text(text) => {
                self.partial.push(text, now);
                self.delivery.text(text);
            }
            Event::Reasoning(text) => self.delivery.reasoning(text),
            Event::ToolCall(piece) => {
                self.tool_called = true;
                self.delivery.tool_call(piece);
            }
            Event::Usage(usage) => {
                if let Some(asked) = &mut self.asked {
                    asked.reported = Some(usage);
                }
                // Before content the attempt may be repeated: what it used so far is not what the app pays for.
                if self.content_shown {
                    self.delivery.usage(usage);
                }
            }
            Event::Heartbeat => {
                let heartbeat = self.delivery.heartbeat(now);
                self.actions.extend(heartbeat.map(Action::Emit));
            }
            Event::End(End::Finished(reason)) => {
                self.show_started();
                if let Some(asked) = &mut self.asked {
                    if let Some(permit) = asked.permit.take() {
                        permit.succeeded();
                    }
                    if let Some(candidate) = self.candidates.get(asked.number) {
                        asked.retry.succeeded(&candidate.budget);
                    }
                    if let Some(usage) = asked.reported {
                        self.delivery.usage(usage);
                    }
                }
                return self.end(RunEnd::Completed { reason }, now);
            }
            Event::End(End::Failed(failure)) => return self.attempt_failed(failure, false, now),
        }
        self.flush(now);
    }

    /// Stops the run, whatever it is doing. The first end stands.
    pub fn cancel(&mut self, now: Moment) {
        if self.phase != Phase::Ended {
            self.stop_attempt();
            self.end(RunEnd::Cancelled, now);
        }
    }

    /// The app goes to the background and may be killed: text that was not kept yet is to be kept now.
    pub fn keep_now(&mut self) {
        self.append_rest();
    }

    /// The text from byte `offset` could not be kept. It is tried again with what comes next, at most every 250 ms; the run
    /// goes on.
    pub fn append_failed(&mut self, offset: u64, now: Moment) {
        if self.phase != Phase::Ended {
            self.partial.failed(offset, now);
        }
    }

    pub(super) fn open(&mut self, attempt: u32) -> Option<&mut Open> {
        match &mut self.phase {
            Phase::Open(open) if attempt == self.attempt => Some(open),
            _ => None,
        }
    }

    /// Content has come: from now on nothing is repeated.
    pub(super) fn content(&mut self, now: Moment) {
        let Phase::Open(open) = &mut self.phase else { return };
        let is_first = open.content.is_none();
        let after = now.since(open.sent);
        open.content = Some(now);
        if is_first {
            self.content_shown = true;
            if let Some(asked) = &mut self.asked {
                asked.retry.content_shown();
                if let Some(permit) = &mut asked.permit {
                    permit.first_content(after);
                }
                if let Some(usage) = asked.reported {
                    self.delivery.usage(usage);
                }
            }
            self.show_started();
        }
    }

    fn show_started(&mut self) {
        if !self.started_shown
            && let Some(asked) = &mut self.asked
        {
            self.started_shown = true;
            let model = asked.model.take().flatten();
            self.actions.push_back(Action::Emit(RunEvent::Started { candidate: asked.number, model }));
        }
    }

    /// Hands out what is due.
    pub(super) fn flush(&mut self, now: Moment) {
        let events = self.delivery.due(now);
        self.actions.extend(events.into_iter().map(Action::Emit));
        let due = self.partial.due(now);
        self.actions.extend(due.map(|(offset, text)| Action::Append { offset, text }));
    }

    fn append_rest(&mut self) {
        let rest = self.partial.rest();
        self.actions.extend(rest.map(|(offset, text)| Action::Append { offset, text }));
    }

    /// The attempt failed; `by_us` where the run gave it up itself.
    pub(super) fn attempt_failed(&mut self, failure: Failure, by_us: bool, now: Moment) {
        let Phase::Open(open) = self.phase else { return };
        let Some(asked) = &mut self.asked else { return };
        let Some(candidate) = self.candidates.get(asked.number) else { return };
        let cause = Cause::Call(failure);
        let class = match class_of(failure.class) {
            class @ (Class::Refused | Class::Stopped) => class,
            _ if self.content_shown => Class::BrokenStream,
            Class::BrokenStream => Class::Connection,
            // A second dead connection cannot have been a kept one.
            Class::StaleSocket if asked.met_stale_socket => Class::Connection,
            class => class,
        };
        let after = now.since(open.sent);
        if let Some(permit) = asked.permit.take()
            && class.handling().is_endpoint_failure
            && failure.class != FailureClass::ModelUnavailable
        {
            permit.failed(after, failure.retry_after);
        }
        self.services.cooldowns.failed(&candidate.provider, class, failure.retry_after);
        if self.content_shown {
            let resumable = class == Class::BrokenStream && self.is_resumable();
            return self.end(RunEnd::Interrupted { cause, resumable }, now);
        }
        if class == Class::Stopped {
            return self.end(RunEnd::Cancelled, now);
        }
        asked.met_stale_socket |= class == Class::StaleSocket;
        asked.count_failed_attempt(candidate, open.accepted && by_us);
        let told =
            resilience::Failure { class, asked: failure.retry_after, should_retry: failure.should_retry };
        match asked.retry.failed(told, now, &candidate.budget, &mut self.random) {
            Decision::Retry { at, on_new_connection } => {
                let (candidate, after) = (asked.number, at.since(now));
                self.last_cause = Some(cause);
                self.phase = Phase::Waiting { until: at, on_new_connection };
                self.actions.push_back(Action::Emit(RunEvent::Retry { candidate, after, cause }));
                if after == Duration::ZERO {
                    self.start_again(on_new_connection, now);
                }
            }
            Decision::Stop { retry_at, .. } => self.give_up(cause, class, retry_at, now),
        }
    }

    /// Whether there is text to go on from, and no tool call would be cut.
    pub(super) fn is_resumable(&self) -> bool {
        !self.tool_called && !self.partial.is_empty()
    }

    /// The candidate is not asked again: another one is, or the run fails.
    pub(super) fn give_up(&mut self, cause: Cause, class: Class, retry_at: Option<Moment>, now: Moment) {
        self.settle_candidate();
        self.last_cause = Some(cause);
        self.chain.failed(class, retry_at);
        self.ask_next(now);
    }

    pub(super) fn fail(&mut self, cause: Cause, retry_at: Option<Moment>, now: Moment) {
        self.end(RunEnd::Failed { cause, retry_at }, now);
    }

    /// Drops the attempt that is out or waits for its turn.
    pub(super) fn stop_attempt(&mut self) {
        if matches!(self.phase, Phase::Starting | Phase::Open(_)) {
            self.actions.push_back(Action::Stop { attempt: self.attempt });
        }
    }

    /// The one place where a run ends.
    pub(super) fn end(&mut self, end: RunEnd, now: Moment) {
        if self.phase == Phase::Ended {
            return;
        }
        let events = self.delivery.all(now);
        self.actions.extend(events.into_iter().map(Action::Emit));
        self.append_rest();
        let (usage, cost) = self.settle(end);
        self.asked = None;
        let candidate = self.last_asked;
        self.phase = Phase::Ended;
        let text = self.partial.take();
        self.actions.push_back(Action::End(Box::new(Outcome { end, text, usage, cost, candidate })));
    }
}
