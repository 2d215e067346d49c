//! Which provider is asked, and which one next.

use super::class::{Class, Consent, FallbackRule};
use super::clock::Moment;

/// How often a run moves on to another provider after it asked one: 2.
pub const HOPS_MOST: u32 = 2;

/// What a [`Chain`] must know of a provider.
pub trait Candidate {
    /// Whether it runs in this device and needs no network.
    fn is_on_device(&self) -> bool;
    /// Tokens of prompt and answer together that it takes, where that is known.
    fn context_tokens(&self) -> Option<u64>;
}

/// Whether a candidate may be asked: what its capabilities, the room for the request, the privacy ceiling, the cost
/// caps, its breaker and its cooldown say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness<E> {
    /// It may.
    Fit,
    /// Not before a moment; or, with none, not before somebody acts.
    Later(Option<Moment>),
    /// Not for this run.
    Unfit(E),
}

/// The cases in which the user allows falling back; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Consents {
    /// When the account has nothing left.
    pub quota: bool,
    /// When the key was refused.
    pub credentials: bool,
    /// When the model declined to answer.
    pub refusal: bool,
}

impl Consents {
    fn includes(self, consent: Consent) -> bool {
        match consent {
            Consent::Quota => self.quota,
            Consent::Credentials => self.credentials,
            Consent::Refusal => self.refusal,
        }
    }
}

/// The next candidate, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a, T, E> {
    /// Ask this one.
    Ask(&'a T),
    /// Nobody is left.
    Nobody {
        /// The earliest moment at which one of those that were passed over or asked to be left alone may be asked:
        /// tell the caller instead of asking again and again.
        retry_at: Option<Moment>,
        /// Why the first candidate that will never fit does not.
        unfit: Option<E>,
    },
}

/// The providers of one run, in the order in which the user wants them. Each is asked at most once, at most two after
/// the first one, and none after the first content: what was shown is not said again by another voice.
#[derive(Debug)]
pub struct Chain<T, E> {
    candidates: Vec<T>,
    consents: Consents,
    /// Candidates that were asked or passed over.
    passed: usize,
    asked: Option<usize>,
    hops: u32,
    demand: Demand,
    /// The demand under which the last candidate was asked.
    asked_under: Demand,
    retry_at: Option<Moment>,
    unfit: Option<E>,
}

/// What the last failure asks of the next candidate.
#[derive(Clone, Copy, Debug)]
enum Demand {
    Anybody,
    OnDevice,
    LargerThan(Option<u64>),
    Nobody,
}

impl<T: Candidate, E: Copy> Chain<T, E> {
    /// Nobody asked so far.
    pub fn new(candidates: Vec<T>, consents: Consents) -> Self {
        Self {
            candidates,
            consents,
            passed: 0,
            asked: None,
            hops: 0,
            demand: Demand::Anybody,
            asked_under: Demand::Anybody,
            retry_at: None,
            unfit: None,
        }
    }

    /// The next candidate that is fit; `assess` is asked about each in turn. Those that are passed over do not count
    /// as hops, and are not asked later in this run.
    pub fn next(&mut self, mut assess: impl FnMut(&T) -> Fitness<E>) -> Next<'_, T, E> {
        while self.asked.is_none() || self.hops < HOPS_MOST {
            let number = self.passed;
            let Some(candidate) = self.candidates.get(number) else { break };
            if matches!(self.demand, Demand::Nobody) {
                break;
            }
            self.passed += 1;
            if !self.demand.admits(candidate) {
                continue;
            }
            match assess(candidate) {
                Fitness::Fit => {
                    self.hops += u32::from(self.asked.is_some());
                    self.asked = Some(number);
                    self.asked_under = std::mem::replace(&mut self.demand, Demand::Nobody);
                    return Next::Ask(&self.candidates[number]);
                }
                Fitness::Later(when) => self.note(when),
                Fitness::Unfit(why) => self.unfit = self.unfit.or(Some(why)),
            }
        }
        Next::Nobody { retry_at: self.retry_at, unfit: self.unfit }
    }

    /// The candidate that was asked last failed for good, before any content, with `class`; `retry_at` is when it may
    /// be asked again, if that is known. Without this call nobody else is asked.
    pub fn failed(&mut self, class: Class, retry_at: Option<Moment>) {
        self.note(retry_at);
        self.demand = match class.handling().fallback {
            FallbackRule::No => Demand::Nobody,
            FallbackRule::Yes => Demand::Anybody,
            FallbackRule::OnDevice => Demand::OnDevice,
            FallbackRule::LargerContext => {
                let asked = self.asked.and_then(|number| self.candidates.get(number));
                Demand::LargerThan(asked.and_then(Candidate::context_tokens))
            }
            FallbackRule::IfAllowed(consent) if self.consents.includes(consent) => Demand::Anybody,
            FallbackRule::IfAllowed(_) => Demand::Nobody,
        };
    }

    /// The candidate that was fit could not be asked after all: its breaker or its queue refused the call. That costs
    /// no hop, and what was asked of it is asked of the next.
    pub fn was_refused(&mut self, retry_at: Option<Moment>) {
        self.note(retry_at);
        self.demand = self.asked_under;
        if self.hops == 0 {
            self.asked = None;
        } else {
            self.hops -= 1;
        }
    }

    fn note(&mut self, retry_at: Option<Moment>) {
        self.retry_at = match (self.retry_at, retry_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

impl Demand {
    fn admits(self, candidate: &impl Candidate) -> bool {
        match self {
            Demand::Anybody => true,
            Demand::OnDevice => candidate.is_on_device(),
            // Where one of the sizes is not known there is no reason to hope.
            Demand::LargerThan(tokens) => {
                matches!((candidate.context_tokens(), tokens), (Some(more), Some(less)) if more > less)
            }
            Demand::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Model {
        name: u32,
        on_device: bool,
        context: Option<u64>,
    }

    impl Candidate for Model {
        fn is_on_device(&self) -> bool {
            self.on_device
        }

        fn context_tokens(&self) -> Option<u64> {
            self.context
        }
    }

    fn chain(number: u32, consents: Consents) -> Chain<Model, &'static str> {
        let model = |name| Model { name, on_device: false, context: Some(u64::from(name) * 1_000) };
        Chain::new((1..=number).map(model).collect(), consents)
    }

    fn asked(next: Next<'_, Model, &'static str>) -> Result<u32, (Option<Moment>, Option<&'static str>)> {
        match next {
            Next::Ask(model) => Ok(model.name),
            Next::Nobody { retry_at, unfit } => Err((retry_at, unfit)),
        }
    }

    fn at(seconds: u64) -> Option<Moment> {
        Some(Moment::from_nanos(seconds * 1_000_000_000))
    }

    const NOBODY: Result<u32, (Option<Moment>, Option<&'static str>)> = Err((None, None));

    #[test]
    fn three_are_asked_in_order_and_no_fourth() {
        let mut chain = chain(5, Consents::default());
        for expected in 1..=3 {
            assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(expected));
            chain.failed(Class::Server, None);
        }
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), NOBODY);
    }

    #[test]
    fn those_that_are_passed_over_cost_no_hop() {
        let mut chain = chain(9, Consents::default());
        let odd = |model: &Model| if model.name % 2 == 1 { Fitness::Fit } else { Fitness::Unfit("even") };
        for expected in [1, 3, 5] {
            assert_eq!(asked(chain.next(odd)), Ok(expected));
            chain.failed(Class::Connection, None);
        }
        assert_eq!(asked(chain.next(odd)), Err((None, Some("even"))));
    }

    #[test]
    fn when_all_rest_the_earliest_moment_is_told() {
        let mut resting = chain(3, Consents::default());
        let later = |model: &Model| Fitness::Later(at(u64::from(10 - model.name)));
        assert_eq!(asked(resting.next(later)), Err((at(7), None)));
        let mut last = chain(1, Consents::default());
        assert_eq!(asked(last.next(|_| Fitness::Fit)), Ok(1));
        last.failed(Class::Throttled, at(600));
        assert_eq!(asked(last.next(|_| Fitness::Fit)), Err((at(600), None)));
    }

    #[test]
    fn without_a_failure_before_the_first_content_nobody_else_is_asked() {
        let mut chain = chain(3, Consents::default());
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(1));
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), NOBODY);
        chain.failed(Class::BrokenStream, None);
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), NOBODY);
    }

    #[test]
    fn offline_only_a_model_on_the_device_is_asked() {
        let on_device = |name| name == 4 || name == 6;
        let model = |name| Model { name, on_device: on_device(name), context: None };
        let candidates = (1..=6).map(model).collect();
        let mut chain: Chain<Model, &str> = Chain::new(candidates, Consents::default());
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(1));
        chain.failed(Class::Offline, None);
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(4));
        chain.was_refused(None);
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(6), "the one between is not on the device");
    }

    #[test]
    fn a_request_that_was_too_long_goes_only_where_there_is_more_room() {
        let sizes = [Some(8_000), Some(4_000), Some(8_000), None, Some(200_000)];
        let model = |(number, context)| Model { name: number as u32, on_device: false, context };
        let mut chain: Chain<Model, &str> =
            Chain::new(sizes.into_iter().enumerate().map(model).collect(), Consents::default());
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(0));
        chain.failed(Class::ContextTooLong, None);
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(4));
    }

    #[test]
    fn money_keys_and_refusals_need_the_users_word() {
        let cases = [
            (Class::Quota, Consents { quota: true, ..Consents::default() }),
            (Class::Credentials, Consents { credentials: true, ..Consents::default() }),
            (Class::Refused, Consents { refusal: true, ..Consents::default() }),
        ];
        for (class, consents) in cases {
            for (consents, expected) in [(Consents::default(), NOBODY), (consents, Ok(2))] {
                let mut chain = chain(2, consents);
                assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(1));
                chain.failed(class, None);
                assert_eq!(asked(chain.next(|_| Fitness::Fit)), expected);
            }
        }
    }

    #[test]
    fn a_call_that_never_left_is_no_hop() {
        let mut chain = chain(5, Consents::default());
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(1));
        chain.was_refused(at(30));
        for expected in 2..=4 {
            assert_eq!(asked(chain.next(|_| Fitness::Fit)), Ok(expected));
            chain.failed(Class::Server, None);
        }
        assert_eq!(asked(chain.next(|_| Fitness::Fit)), Err((at(30), None)));
    }
}
