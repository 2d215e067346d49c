//! Names of events and versions that hold on every device and for ever.
//!
//! Inside one log an event is its local number, [`Lv`], and a version a [`Frontier`] of those. What leaves the log (disk,
//! wire, command line) speaks of [`EventId`]s and [`Version`]s instead.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use smallvec::SmallVec;
use thiserror::Error;
use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{DOCUMENT_EVENTS, EVENT_PARENTS};

/// The local number of an event: order of arrival, dense from 0, below [`DOCUMENT_EVENTS`]. Never leaves the device.
pub(crate) type Lv = u32;

/// Above every [`Lv`] and every sequence number.
pub(crate) const MAX_EVENTS: u32 = DOCUMENT_EVENTS as u32;
/// The most parents of an event, and so the most heads of a version that somebody can write on.
pub(crate) const MAX_PARENTS: usize = EVENT_PARENTS as usize;

/// Names one event for ever: the `seq`-th event of an agent, from 0. Ordered by the agent's bytes, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EventId {
    pub(crate) agent: AgentId,
    pub(crate) seq: u32,
}

/// The sequence number, a hyphen, the agent's 32 hexadecimal digits. The number stands first because it tells events apart
/// where an agent does not: so a short prefix means something.
impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:032x}", self.seq, u128::from_be_bytes(*self.agent.as_bytes()))
    }
}

/// A version inside one log: the events that nothing else in it follows, ascending. None of them is in another's past;
/// none at all is the empty document. Made by the log's queries, which keep that true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Frontier(SmallVec<[Lv; 2]>);

impl Frontier {
    /// The version of the empty document.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// The version right after event `lv`.
    pub(crate) fn at(lv: Lv) -> Self {
        Self(SmallVec::from_slice(&[lv]))
    }

    /// The version with heads that were stored or sent as one: none of them is in another's past.
    pub(crate) fn stored(heads: SmallVec<[Lv; 2]>) -> Self {
        Self::of_heads(heads)
    }

    /// The version with these heads, none of which is in another's past.
    pub(super) fn of_heads(mut heads: SmallVec<[Lv; 2]>) -> Self {
        heads.sort_unstable();
        Self(heads)
    }
}

impl Deref for Frontier {
    type Target = [Lv];

    fn deref(&self) -> &[Lv] {
        &self.0
    }
}

/// A version as it is stored, sent and named: the ids of its heads, ascending, at most 64.
///
/// As text the heads are joined by `+`, and the empty document is `root`. The text of a version never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Version(Vec<EventId>);

/// The text of the empty document's version.
const ROOT: &str = "root";

impl Version {
    /// The version with these heads, in any order.
    ///
    /// # Errors
    /// Too many heads, one twice, or a sequence number that no event has.
    pub(crate) fn new(mut heads: Vec<EventId>) -> Result<Self, BadVersion> {
        heads.sort_unstable();
        if heads.len() > MAX_PARENTS {
            return Err(BadVersion::Heads);
        }
        if heads.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(BadVersion::Order);
        }
        if heads.iter().any(|head| head.seq >= MAX_EVENTS) {
            return Err(BadVersion::Sequence);
        }
        Ok(Self(heads))
    }

    /// The heads, ascending.
    pub(crate) fn heads(&self) -> &[EventId] {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, head) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("+")?;
            }
            fmt::Display::fmt(head, f)?;
        }
        if self.0.is_empty() { f.write_str(ROOT) } else { Ok(()) }
    }
}

/// A text that is not a version's, in the one form that a version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadVersion {
    /// A writer's id is not as it should be.
    #[error("an agent is not a hyphen and 32 lower-case hexadecimal digits")]
    Agent,
    /// A number is not as it should be.
    #[error("a sequence number is malformed or over its bound")]
    Sequence,
    /// What it names stands twice, or in another order.
    #[error("the heads are not in ascending order, each once")]
    Order,
    /// It names too much.
    #[error("a version has at most 64 heads")]
    Heads,
}

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        if text == ROOT {
            return Ok(Self::default());
        }
        let mut heads = Vec::new();
        for part in text.split('+') {
            if heads.len() == MAX_PARENTS {
                return Err(BadVersion::Heads);
            }
            let head = parse_id(part)?;
            if heads.last().is_some_and(|last| *last >= head) {
                return Err(BadVersion::Order);
            }
            heads.push(head);
        }
        Ok(Self(heads))
    }
}

fn parse_id(text: &str) -> Result<EventId, BadVersion> {
    let (seq, agent) = text.split_once('-').ok_or(BadVersion::Agent)?;
    let is_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if agent.len() != 32 || !agent.as_bytes().iter().all(is_hex) {
        return Err(BadVersion::Agent);
    }
    let agent = u128::from_str_radix(agent, 16).map_err(|_| BadVersion::Agent)?;
    let canonical = seq == "0" || (seq.starts_with(|c: char| ('1'..='9').contains(&c)));
    let seq: u32 = seq.parse().ok().filter(|_| canonical).ok_or(BadVersion::Sequence)?;
    if seq >= MAX_EVENTS {
        return Err(BadVersion::Sequence);
    }
    Ok(EventId { agent: AgentId::from_bytes(agent.to_be_bytes()), seq })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(agent: u8, seq: u32) -> EventId {
        EventId { agent: AgentId::from_bytes([agent; 16]), seq }
    }

    #[test]
    fn a_version_survives_its_text() {
        for heads in [vec![], vec![id(1, 0)], vec![id(255, MAX_EVENTS - 1), id(7, 12), id(7, 3)]] {
            let version = Version::new(heads).unwrap();
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        assert_eq!(Version::default().to_string(), "root");
        let text = Version::new(vec![id(0xab, 12)]).unwrap().to_string();
        assert_eq!(text, "12-abababababababababababababababab");
    }

    #[test]
    fn a_version_has_one_text_only() {
        let agent = "0".repeat(31);
        let parse = |text: String| text.parse::<Version>();
        for text in [
            "",
            "roots",
            "1-2",
            "1",
            &format!("1-{agent}A"),
            &format!("1-{agent}"),
            &format!("1-{agent}1 "),
            &format!("+1-{agent}1"),
        ] {
            assert_eq!(parse(text.to_owned()), Err(BadVersion::Agent), "{text}");
        }
        for seq in ["", "01", " 1", "x1", "1 ", "1073741824", "99999999999999999999"] {
            assert_eq!(parse(format!("{seq}-{agent}1")), Err(BadVersion::Sequence), "{seq}");
        }
        assert_eq!(parse(format!("1-{agent}2+1-{agent}1")), Err(BadVersion::Order));
        assert_eq!(parse(format!("1-{agent}2+2-{agent}1")), Err(BadVersion::Order), "by agent first");
        assert_eq!(parse(format!("1-{agent}1+1-{agent}1")), Err(BadVersion::Order));
        assert_eq!(Version::new(vec![id(1, 1), id(1, 1)]), Err(BadVersion::Order));
        let many: Vec<String> = (0..65).map(|seq| format!("{seq}-{agent}1")).collect();
        assert_eq!(parse(many.join("+")), Err(BadVersion::Heads));
        assert!(parse(many[..10].join("+")).is_ok());
        assert_eq!(Version::new((0..65).map(|seq| id(1, seq)).collect()), Err(BadVersion::Heads));
        assert_eq!(Version::new(vec![id(1, MAX_EVENTS)]), Err(BadVersion::Sequence));
    }
}
