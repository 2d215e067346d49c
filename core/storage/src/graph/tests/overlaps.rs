//! What two sides changed near each other: pictures, and random histories against a search of all pairs.

use std::collections::BTreeSet;

use super::oracle;
use super::replica::{Replica, Rng};
use crate::graph::merge::Budget;
use crate::graph::overlap::{Overlap, overlaps};
use crate::graph::version::Lv;

/// Two writers who start with the same text, and each changes it; the first merges.
struct Two {
    merged: Replica,
    ours: Vec<Lv>,
    theirs: Vec<Lv>,
}

impl Two {
    fn new(start: &str, our: impl Fn(&mut Replica), their: impl Fn(&mut Replica)) -> Self {
        let mut first = Replica::new(9);
        first.insert(0, start);
        let (mut a, mut b) = (Replica::new(1), Replica::new(2));
        for replica in [&mut a, &mut b] {
            replica.receive(&first, 0).unwrap();
            replica.merge_all();
        }
        our(&mut a);
        their(&mut b);
        let ours = a.version.to_vec();
        a.receive(&b, 0).unwrap();
        let theirs = b.history.log().version(&b.version).unwrap();
        let theirs = a.history.log().find_heads(&theirs).unwrap().to_vec();
        a.merge_all();
        Self { merged: a, ours, theirs }
    }

    /// The merged text with each overlap in brackets, in it our part in parentheses and theirs in braces.
    fn picture(&self) -> String {
        let log = self.merged.history.log();
        let found = overlaps(log, &self.ours, &self.theirs, &mut Budget::default()).unwrap();
        let chars: Vec<char> = self.merged.text.chars().collect();
        let mut out = String::new();
        for at in 0..=chars.len() as u32 {
            for overlap in &found {
                let Overlap { range, ours, theirs } = overlap;
                let mut marks = Vec::new();
                for (part, open, close) in [(ours, '(', ')'), (theirs, '{', '}')] {
                    if part.end == at && !part.is_empty() {
                        out.push(close);
                    }
                    if part.start == at {
                        marks.push(open);
                        marks.extend(part.is_empty().then_some(close));
                    }
                }
                if range.start == at {
                    out.push('[');
                }
                out.extend(marks);
                if range.end == at {
                    out.push(']');
                }
            }
            out.extend(chars.get(at as usize));
        }
        out
    }
}

const FAR: &str = "a passage of more than thirty-two characters";

fn picture(start: &str, our: impl Fn(&mut Replica), their: impl Fn(&mut Replica)) -> String {
    Two::new(start, our, their).picture()
}

#[test]
fn words_typed_near_each_other_overlap() {
    let text = picture("one two three", |x| x.insert(4, "big "), |x| x.insert(8, "small "));
    assert_eq!(text, "one [(big )two {small }]three");
    let text = picture("[]", |x| x.insert(1, "ours"), |x| x.insert(1, "theirs"));
    assert_eq!(text, "[[(ours){theirs}]]");
}

#[test]
fn words_typed_far_from_each_other_do_not() {
    let start = format!("start {FAR} end");
    let end = start.len() as u32;
    let text = picture(&start, |x| x.insert(0, "ours "), |x| x.insert(end, " theirs"));
    assert_eq!(text, format!("ours start {FAR} end theirs"));
}

#[test]
fn changes_of_one_side_that_are_far_from_the_other_are_left_out() {
    let start = format!("start {FAR} middle {FAR} end");
    let text = picture(
        &start,
        |x| {
            x.insert(0, "far ");
            x.insert(x.chars(), " ours");
        },
        |x| x.insert(x.chars(), " theirs"),
    );
    assert_eq!(text, format!("far start {FAR} middle {FAR} end[( ours){{ theirs}}]"));
}

#[test]
fn a_passage_that_both_deleted_or_replaced_overlaps() {
    let text = picture("one two three", |x| x.delete(4, 4, false), |x| x.delete(4, 4, false));
    assert_eq!(text, "one [(){}]three");
    let text = picture(
        "one two three",
        |x| {
            x.delete(4, 3, false);
            x.insert(4, "2");
        },
        |x| {
            x.delete(4, 3, true);
            x.insert(4, "II");
        },
    );
    assert_eq!(text, "one [(2){II}] three");
    let text = picture("one two three", |x| x.delete(0, 13, false), |x| x.insert(5, "XY"));
    assert_eq!(text, "[({XY)}]", "we deleted on both sides of it");
}

#[test]
fn what_was_typed_and_deleted_again_is_no_change() {
    let undecided = |x: &mut Replica| {
        x.insert(3, "hm");
        x.delete(3, 2, true);
    };
    assert_eq!(picture("one two three", undecided, |x| x.insert(3, "!")), "one! two three");
}

#[test]
fn one_side_alone_overlaps_with_nothing() {
    let two = Two::new("text", |x| x.insert(0, "a "), |x| x.insert(1, "b"));
    let log = two.merged.history.log();
    for (a, b) in [(&two.ours, &vec![3]), (&vec![3], &two.theirs), (&two.ours, &two.ours)] {
        assert_eq!(overlaps(log, a, b, &mut Budget::default()), Ok(vec![]));
    }
    let few = overlaps(log, &two.ours, &two.theirs, &mut Budget::steps(2));
    assert_eq!(few, Err(crate::graph::merge::MergeError::Steps));
}

/// Changes found one character at a time: position, end, whether theirs.
fn changes(log: &crate::graph::log::Log, ours: &[Lv], theirs: &[Lv]) -> Vec<(u32, u32, bool)> {
    let (past_a, past_b) = (oracle::past(log, ours), oracle::past(log, theirs));
    let (chars, deleted) = oracle::walk(log, &log.join(ours, theirs).unwrap());
    let side = |lv: &Lv| (past_a.contains(lv), past_b.contains(lv));
    let (mut at, mut found) = (0, Vec::new());
    for char in chars {
        match side(&char.lv) {
            (true, true) if char.gone => {
                let sides: BTreeSet<_> =
                    deleted.iter().filter(|(_, of)| **of == char.lv).map(|(lv, _)| side(lv)).collect();
                // What both know as deleted may have been deleted by one of them once more.
                found.extend(sides.contains(&(true, false)).then_some((at, at, false)));
                found.extend(sides.contains(&(false, true)).then_some((at, at, true)));
            }
            (of_us, of_them) if of_us != of_them && !char.gone => found.push((at, at + 1, of_them)),
            _ => {}
        }
        at += u32::from(!char.gone);
    }
    // What one side changed without a gap is one change.
    found.dedup_by(|next, last| {
        let touches = next.2 == last.2 && next.0 == last.1;
        last.1 = if touches { next.1 } else { last.1 };
        touches
    });
    found
}

#[test]
fn every_pair_of_near_changes_is_in_an_overlap_and_nothing_else() {
    let mut some = 0;
    for seed in 0..120 {
        let rng = &mut Rng::new(seed);
        let mut replicas = [Replica::new(1), Replica::new(2)];
        replicas[0].insert(0, &FAR.repeat(4));
        for _ in 0..12 {
            let i = rng.below(2);
            let [replica, other] = replicas.get_disjoint_mut([i, 1 - i]).unwrap();
            if rng.one_in(3) {
                replica.receive(other, 0).unwrap();
                replica.merge_all();
            }
            let chars = replica.chars() as usize;
            if chars > 0 && rng.one_in(2) {
                let at = rng.below(chars);
                replica.delete(at as u32, (1 + rng.below(30)).min(chars - at) as u32, rng.one_in(2));
            } else {
                replica.insert(rng.below(chars + 1) as u32, "some text");
            }
        }
        let [mut a, b] = replicas;
        a.receive(&b, 0).unwrap();
        let log = a.history.log();
        let name = b.history.log().version(&b.version).unwrap();
        let (ours, theirs) = (a.version.to_vec(), log.find_heads(&name).unwrap().to_vec());
        let found = overlaps(log, &ours, &theirs, &mut Budget::default()).unwrap();
        let changes = changes(log, &ours, &theirs);
        let gap =
            |a: &(u32, u32, bool), b: &(u32, u32, bool)| b.0.saturating_sub(a.1).max(a.0.saturating_sub(b.1));
        for change in &changes {
            let near = changes.iter().any(|other| other.2 != change.2 && gap(change, other) <= 32);
            let within = |overlap: &&Overlap| {
                let side = if change.2 { &overlap.theirs } else { &overlap.ours };
                let range = if change.0 == change.1 { &overlap.range } else { side };
                range.start <= change.0 && change.1 <= range.end
            };
            assert_eq!(
                found.iter().filter(within).count(),
                usize::from(near),
                "seed {seed}: {change:?} {found:?}"
            );
        }
        for Overlap { range, ours, theirs } in &found {
            let edge = |at: u32| changes.iter().any(|change| change.0 == at || change.1 == at);
            assert!(edge(range.start) && edge(range.end));
            for (side, is_theirs) in [(ours, false), (theirs, true)] {
                assert!(range.start <= side.start && side.end <= range.end);
                assert!(changes.iter().any(|change| change.2 == is_theirs && change.0 == side.start));
                assert!(changes.iter().any(|change| change.2 == is_theirs && change.1 == side.end));
            }
        }
        assert!(found.windows(2).all(|pair| pair[0].range.end + 32 < pair[1].range.start));
        some += found.len();
    }
    assert!(some > 50, "{some}");
}
