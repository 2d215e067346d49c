//! The rules of the merge one character at a time, on a plain list, from the empty text on and with nothing forgotten. Slow,
//! and simple enough to be read beside the paper.

use std::collections::{BTreeSet, HashMap};

use crate::graph::RunKind;
use crate::graph::log::Log;
use crate::graph::version::Lv;

/// A character that some event inserted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Char {
    /// The event that inserted it.
    pub(super) lv: Lv,
    pub(super) char: char,
    /// Some event deleted it.
    pub(super) gone: bool,
    left: Option<Lv>,
    right: Option<Lv>,
    /// For the writer of the present event: 0 not inserted, 1 visible, more: deleted.
    state: i32,
}

struct Event {
    parents: Vec<Lv>,
    /// The character, for an insertion.
    insert: Option<char>,
    at: usize,
}

/// All events of a log, read with nothing but its public parts.
fn events(log: &Log) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (op, text) in log.ops(0..log.end()) {
        let mut chars = text.chars();
        for k in 0..op.len {
            let at = match op.kind {
                RunKind::Insert => op.at + k,
                RunKind::Delete => op.at,
                RunKind::DeleteBack => op.at - k,
            };
            let parents = log.parents(events.len() as Lv).unwrap().to_vec();
            events.push(Event { parents, insert: chars.next(), at: at as usize });
        }
    }
    events
}

/// A set of events.
#[derive(Clone, Default, PartialEq)]
struct Events(Vec<u64>);

impl Events {
    fn insert(&mut self, lv: Lv) {
        self.0.resize(self.0.len().max(lv as usize / 64 + 1), 0);
        self.0[lv as usize / 64] |= 1 << (lv % 64);
    }

    fn extend(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    fn without(&self, other: &Self) -> Vec<Lv> {
        let word = |i: usize| self.0[i] & !other.0.get(i).unwrap_or(&0);
        let words = (0..self.0.len()).filter(|i| word(*i) != 0);
        words
            .flat_map(|i| {
                (0..64).filter(move |bit| word(i) >> bit & 1 == 1).map(move |bit| i as Lv * 64 + bit)
            })
            .collect()
    }
}

/// The events of the version with these heads.
pub(super) fn past(log: &Log, heads: &[Lv]) -> BTreeSet<Lv> {
    let (mut past, mut ways) = (BTreeSet::new(), heads.to_vec());
    while let Some(lv) = ways.pop() {
        if past.insert(lv) {
            ways.extend(log.parents(lv).unwrap());
        }
    }
    past
}

/// Every character that there ever was at a version, in order.
pub(super) fn chars(log: &Log, heads: &[Lv]) -> Vec<Char> {
    walk(log, heads).0
}

/// [`chars`], and for each deletion the insertion of the character that it deleted.
pub(super) fn walk(log: &Log, heads: &[Lv]) -> (Vec<Char>, HashMap<Lv, Lv>) {
    let mut pasts: HashMap<Lv, Events> = HashMap::new();
    let mut list: Vec<Char> = Vec::new();
    let mut deleted: HashMap<Lv, Lv> = HashMap::new();
    let mut last = Events::default();
    let events = events(log);
    for lv in past(log, heads) {
        let event = &events[lv as usize];
        let mut seen = Events::default();
        event.parents.iter().for_each(|parent| seen.extend(&pasts[parent]));
        // Show the list as the writer saw it.
        let show = |list: &mut Vec<Char>, moved: Lv, by: i32| {
            let lv = *deleted.get(&moved).unwrap_or(&moved);
            list.iter_mut().find(|char| char.lv == lv).unwrap().state += by;
        };
        last.without(&seen).into_iter().for_each(|moved| show(&mut list, moved, -1));
        seen.without(&last).into_iter().for_each(|moved| show(&mut list, moved, 1));
        match event.insert {
            Some(char) => insert(log, &mut list, lv, char, event.at),
            None => {
                let i = nth_visible(&list, event.at);
                (list[i].state, list[i].gone) = (list[i].state + 1, true);
                deleted.insert(lv, list[i].lv);
            }
        }
        seen.insert(lv);
        last.clone_from(&seen);
        pasts.insert(lv, seen);
    }
    (list, deleted)
}

fn nth_visible(list: &[Char], n: usize) -> usize {
    let mut left = n;
    for (i, char) in list.iter().enumerate() {
        if char.state == 1 {
            if left == 0 {
                return i;
            }
            left -= 1;
        }
    }
    panic!("position {n} is outside of the text");
}

fn insert(log: &Log, list: &mut Vec<Char>, lv: Lv, char: char, at: usize) {
    let start = if at == 0 { 0 } else { nth_visible(list, at - 1) + 1 };
    let end = (start..list.len()).find(|i| list[*i].state > 0).unwrap_or(list.len());
    let left = start.checked_sub(1).map(|i| list[i].lv);
    let right = list.get(end).map(|char| char.lv);
    let index = |lv: Lv| list.iter().position(|char| char.lv == lv).unwrap();
    let (mut place, mut undecided) = (start, false);
    for i in start..end {
        let other = list[i];
        let (theirs, ours) = (other.left.map_or(0, |lv| index(lv) + 1), start);
        if theirs < ours {
            break;
        }
        if theirs == ours {
            let their_right = other.right.map_or(list.len(), index);
            if their_right == end && log.id(lv).unwrap() < log.id(other.lv).unwrap() {
                break;
            }
            undecided = their_right < end;
        }
        if !undecided {
            place = i + 1;
        }
    }
    list.insert(place, Char { lv, char, gone: false, left, right, state: 1 });
}

/// The text at a version.
pub(super) fn text(log: &Log, heads: &[Lv]) -> String {
    chars(log, heads).iter().filter(|char| !char.gone).map(|char| char.char).collect()
}
