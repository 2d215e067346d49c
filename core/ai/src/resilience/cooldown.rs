//! Providers that are left alone for a while, or until somebody acts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::class::{Class, CooldownRule};
use super::clock::{Moment, MonotonicClock};
use super::lock;

/// How long a provider that asked for fewer calls is left alone when it did not say how long: 5 s, as in litellm.
pub const COOLDOWN: Duration = Duration::from_secs(5);

/// The longest that a server's word keeps its provider out: 24 hours. Who asks for more is asked again then.
pub const COOLDOWN_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// The most providers that are marked at once; beyond it the mark that ends first makes room.
pub const MARKS_MOST: usize = 1_024;

/// Why a provider is not to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// It asked for fewer calls.
    CoolingDown {
        /// From when on it may be asked.
        until: Moment,
    },
    /// Its account has nothing left, until the user acts.
    OutOfQuota,
    /// Its key or certificate was refused, until one of them is changed.
    Disabled,
}

impl Mark {
    /// From when on the provider may be asked, where time alone decides.
    pub fn retry_at(self) -> Option<Moment> {
        match self {
            Mark::CoolingDown { until } => Some(until),
            Mark::OutOfQuota | Mark::Disabled => None,
        }
    }
}

/// The marks of all providers, by the name that the app gave each, not by address or key. Asked before a run goes to a
/// provider; a run's own retries wait as long as they were told to, and do not ask. Not kept over restarts.
#[derive(Debug)]
pub struct Cooldowns {
    clock: Arc<dyn MonotonicClock>,
    marks: Mutex<HashMap<Box<str>, Mark>>,
}

impl Cooldowns {
    /// No provider is marked.
    pub fn new(clock: Arc<dyn MonotonicClock>) -> Self {
        Self { clock, marks: Mutex::default() }
    }

    /// A call to `provider` failed with `class`; the server `asked` to be left alone for so long. A mark is never
    /// replaced by a weaker or shorter one.
    pub fn failed(&self, provider: &str, class: Class, asked: Option<Duration>) {
        let now = self.clock.now();
        let mark = match class.handling().cooldown {
            CooldownRule::None => return,
            CooldownRule::UntilTold => {
                let wait = asked.filter(|wait| !wait.is_zero()).unwrap_or(COOLDOWN);
                Mark::CoolingDown { until: now.after(wait.min(COOLDOWN_MOST)) }
            }
            CooldownRule::UntilUserActs => Mark::OutOfQuota,
            CooldownRule::UntilChanged => Mark::Disabled,
        };
        let mut marks = lock(&self.marks);
        if let Some(present) = marks.get_mut(provider) {
            *present = mark.max(*present);
            return;
        }
        if marks.len() >= MARKS_MOST {
            make_room(&mut marks, now);
        }
        marks.insert(provider.into(), mark);
    }

    /// Why `provider` is not to be asked now, if it is not.
    pub fn mark(&self, provider: &str) -> Option<Mark> {
        let now = self.clock.now();
        let mut marks = lock(&self.marks);
        let mark = *marks.get(provider)?;
        if mark.retry_at().is_some_and(|until| until <= now) {
            marks.remove(provider);
            return None;
        }
        Some(mark)
    }

    /// The user has acted, or the provider's key or address was changed: it may be asked again.
    pub fn clear(&self, provider: &str) {
        lock(&self.marks).remove(provider);
    }
}

/// Forgets what is over; if nothing is, the mark that ends first: those that wait for a person end last.
fn make_room(marks: &mut HashMap<Box<str>, Mark>, now: Moment) {
    marks.retain(|_, mark| mark.retry_at().is_none_or(|until| until > now));
    if marks.len() >= MARKS_MOST
        && let Some(first) = marks.iter().min_by_key(|(_, mark)| **mark).map(|(name, _)| name.clone())
    {
        marks.remove(&first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resilience::ManualMonotonicClock;

    fn none_marked() -> (Arc<ManualMonotonicClock>, Cooldowns) {
        let clock = Arc::new(ManualMonotonicClock::new());
        (clock.clone(), Cooldowns::new(clock))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_throttled_provider_rests_as_long_as_it_asked_or_five_seconds() {
        let (clock, cooldowns) = none_marked();
        cooldowns.failed("a", Class::Throttled, Some(SECOND * 7));
        cooldowns.failed("b", Class::Throttled, None);
        cooldowns.failed("c", Class::Throttled, Some(Duration::ZERO));
        assert!(cooldowns.mark("a").is_some());
        assert_eq!(cooldowns.mark("b").and_then(Mark::retry_at), Some(clock.now().after(SECOND * 5)));
        clock.advance(SECOND * 5);
        assert!(cooldowns.mark("a").is_some());
        assert_eq!((cooldowns.mark("b"), cooldowns.mark("c")), (None, None));
        clock.advance(SECOND * 2);
        assert_eq!(cooldowns.mark("a"), None);
    }

    #[test]
    fn quota_and_keys_wait_for_a_person_and_nothing_shorter_replaces_them() {
        let (clock, cooldowns) = none_marked();
        cooldowns.failed("a", Class::Quota, Some(SECOND));
        cooldowns.failed("a", Class::Throttled, Some(SECOND));
        clock.advance(SECOND * 1_000_000);
        assert_eq!(cooldowns.mark("a"), Some(Mark::OutOfQuota));
        cooldowns.failed("a", Class::Credentials, None);
        assert_eq!(cooldowns.mark("a"), Some(Mark::Disabled));
        cooldowns.clear("a");
        assert_eq!(cooldowns.mark("a"), None);
    }

    #[test]
    fn the_longer_of_two_waits_stays_and_none_is_longer_than_a_day() {
        let (clock, cooldowns) = none_marked();
        cooldowns.failed("a", Class::Throttled, Some(SECOND * 30));
        cooldowns.failed("a", Class::Throttled, Some(SECOND * 10));
        assert_eq!(cooldowns.mark("a").and_then(Mark::retry_at), Some(clock.now().after(SECOND * 30)));
        cooldowns.failed("a", Class::Throttled, Some(Duration::MAX));
        assert_eq!(cooldowns.mark("a").and_then(Mark::retry_at), Some(clock.now().after(COOLDOWN_MOST)));
    }

    #[test]
    fn a_provider_that_fails_otherwise_is_not_marked() {
        let (_, cooldowns) = none_marked();
        for class in [Class::Server, Class::Connection, Class::Request, Class::Stopped, Class::Offline] {
            cooldowns.failed("a", class, Some(SECOND));
        }
        assert_eq!(cooldowns.mark("a"), None);
    }

    #[test]
    fn marks_are_bounded_and_those_that_wait_for_a_person_stay() {
        let (clock, cooldowns) = none_marked();
        cooldowns.failed("key", Class::Credentials, None);
        for name in 0..MARKS_MOST {
            cooldowns.failed(&name.to_string(), Class::Throttled, Some(SECOND * (name as u32 + 1)));
        }
        assert_eq!(lock(&cooldowns.marks).len(), MARKS_MOST);
        assert_eq!(cooldowns.mark("0"), None);
        assert!(cooldowns.mark("1").is_some() && cooldowns.mark("key").is_some());
        clock.advance(SECOND * 100);
        cooldowns.failed("new", Class::Throttled, None);
        assert_eq!(lock(&cooldowns.marks).len(), MARKS_MOST - 98);
    }
}
