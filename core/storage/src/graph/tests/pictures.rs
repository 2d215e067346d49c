//! The rules that a writer sees, one picture each.

use super::replica::{Replica, agent, batch};
use crate::graph::RunKind;
use crate::graph::anchor::{Anchor, Side, StoredAnchor};
use crate::graph::burst::Run;
use crate::graph::log::{Batch, ForeignError, ForeignParent, ForeignParents, ForeignRun};
use crate::graph::merge::{self, Budget, MergeError};
use crate::graph::version::Frontier;

/// What two writers make of one text, each without the other; both merge.
fn two(start: &str, one: impl Fn(&mut Replica), other: impl Fn(&mut Replica)) -> String {
    let mut first = Replica::new(9);
    first.insert(0, start);
    let (mut a, mut b) = (Replica::new(1), Replica::new(2));
    for replica in [&mut a, &mut b] {
        replica.receive(&first, 0).unwrap();
        replica.merge_all();
    }
    one(&mut a);
    other(&mut b);
    a.receive(&b, 0).unwrap();
    b.receive(&a, 0).unwrap();
    a.merge_all();
    b.merge_all();
    assert_eq!(a.text, b.text);
    a.text.to_string()
}

fn type_forwards(at: u32, word: &'static str) -> impl Fn(&mut Replica) {
    move |replica| {
        for (i, letter) in word.chars().enumerate() {
            replica.insert(at + i as u32, &letter.to_string());
        }
    }
}

fn type_backwards(at: u32, word: &'static str) -> impl Fn(&mut Replica) {
    move |replica| word.chars().rev().for_each(|letter| replica.insert(at, &letter.to_string()))
}

#[test]
fn words_typed_at_the_same_place_do_not_mix() {
    assert_eq!(two("[]", type_forwards(1, "hello"), type_forwards(1, "world")), "[helloworld]");
    assert_eq!(two("", type_forwards(0, "hello"), type_forwards(0, "world")), "helloworld");
}

#[test]
fn words_typed_backwards_at_the_same_place_do_not_mix() {
    assert_eq!(two("[]", type_backwards(1, "hello"), type_backwards(1, "world")), "[helloworld]");
    assert_eq!(two("[]", type_backwards(1, "hello"), type_forwards(1, "world")), "[helloworld]");
    assert_eq!(two("[]", type_forwards(1, "hello"), type_backwards(1, "world")), "[helloworld]");
}

#[test]
fn a_word_that_both_delete_goes_once() {
    for (a, b) in [(false, false), (true, false), (true, true)] {
        let text = two("one two three", |x| x.delete(4, 4, a), |x| x.delete(4, 4, b));
        assert_eq!(text, "one three");
    }
    assert_eq!(two("one two three", |x| x.delete(2, 6, true), |x| x.delete(4, 4, false)), "onthree");
}

#[test]
fn typing_inside_a_deleted_passage_survives() {
    assert_eq!(two("one two three", |x| x.delete(4, 4, false), |x| x.insert(6, "XY")), "one XYthree");
    assert_eq!(two("one two three", |x| x.delete(0, 13, true), |x| x.insert(6, "XY")), "XY");
}

#[test]
fn what_one_replaces_stands_beside_what_the_other_types() {
    let replace = |x: &mut Replica| {
        x.delete(4, 3, false);
        x.insert(4, "2");
    };
    assert_eq!(two("one two three", replace, |x| x.insert(7, "!")), "one 2! three");
}

#[test]
fn a_third_writer_who_saw_both_writes_between_them() {
    let (mut a, mut b, mut c) = (Replica::new(1), Replica::new(2), Replica::new(3));
    a.insert(0, "left ");
    b.insert(0, "right");
    for other in [&a, &b] {
        c.receive(other, 0).unwrap();
    }
    c.merge_all();
    assert_eq!(c.text, "left right");
    c.insert(5, "and ");
    b.insert(5, "!");
    for replica in [&mut a, &mut b] {
        replica.receive(&c, 0).unwrap();
        replica.merge_all();
    }
    c.receive(&b, 0).unwrap();
    c.merge_all();
    a.receive(&b, 0).unwrap();
    a.merge_all();
    assert_eq!([a.text, b.text, c.text].map(|text| text.to_string()), ["left and right!"; 3]);
}

#[test]
fn a_chunk_may_come_twice_or_in_parts() {
    let mut a = Replica::new(1);
    for i in 0..50 {
        a.insert(i, "é");
        if i % 7 == 6 {
            a.delete(3, 2, true);
            a.insert(3, "ab");
        }
    }
    let mut b = Replica::new(2);
    for range in [0..20, 10..40, 0..a.history.log().end(), 5..6] {
        b.take(&batch(a.history.log(), range)).unwrap();
    }
    assert_eq!(a.history.log().heads().collect::<Vec<_>>(), b.history.log().heads().collect::<Vec<_>>());
    b.merge_all();
    assert_eq!(a.text, b.text);
    let part = batch(a.history.log(), 5..6);
    let unknown = a.history.log().id(4).unwrap();
    let error = Replica::new(3).take(&part);
    assert!(matches!(error, Err(ForeignError::Unknown(event)) if event.0 == unknown), "{error:?}");
}

/// Events of agent 7 as a batch: parents as numbers in the batch, or none for the first.
fn of_agent_7(runs: &[(&[u32], RunKind, u32, &str, u32)]) -> Batch {
    let mut batch = Batch::new(vec![agent(7)]).unwrap();
    for (parents, kind, at, text, len) in runs {
        let parents = parents.iter().map(|parent| ForeignParent::Here(*parent)).collect();
        let run = Run { kind: *kind, at: *at, len: *len, bytes: text.len() as u32 };
        let seq = batch.events();
        batch.push(ForeignRun { agent: 0, seq, parents: ForeignParents::Of(parents), run }, text).unwrap();
    }
    batch
}

#[test]
fn an_event_beyond_the_end_is_refused_and_leaves_no_trace() {
    use RunKind::{Delete, DeleteBack, Insert};
    type Runs<'a> = &'a [(&'a [u32], RunKind, u32, &'a str, u32)];
    let cases: [(Runs<'_>, u32); 6] = [
        (&[(&[], Insert, 0, "abc", 3), (&[2], Insert, 4, "x", 1)], 3),
        (&[(&[], Insert, 0, "abc", 3), (&[2], Delete, 1, "", 3)], 3),
        (&[(&[], Insert, 0, "abc", 3), (&[2], DeleteBack, 3, "", 2)], 3),
        // A deletion that only fits the merged text.
        (&[(&[], Insert, 0, "abc", 3), (&[2], Insert, 0, "123456789", 9), (&[2], Delete, 1, "", 3)], 12),
        // The same beside events that the text has.
        (&[(&[], Insert, 1, "x", 1)], 0),
        (&[(&[], Insert, 0, "abc", 3), (&[1], Insert, 3, "x", 1)], 3),
    ];
    for (runs, bad) in cases {
        for has_text in [false, true] {
            let mut replica = Replica::new(1);
            if has_text {
                replica.insert(0, "longer than all of it");
                replica.delete(0, 5, false);
                replica.insert(3, "x");
            }
            let (before, mark) =
                (batch(replica.history.log(), 0..replica.history.log().end()), replica.history.mark());
            let first = replica.history.log().end();
            replica.take(&of_agent_7(runs)).unwrap();
            let result = replica.merge(&replica.heads());
            assert_eq!(result, Err(MergeError::Position { lv: first + bad }), "{runs:?}");
            replica.history.rollback(mark);
            assert_eq!(batch(replica.history.log(), 0..replica.history.log().end()), before);
            assert_eq!(replica.history.log().heads().collect::<Vec<_>>(), replica.version.to_vec());
            // The same ids with valid content are as good as new.
            replica.take(&of_agent_7(&[(&[], Insert, 0, "fine", 4)])).unwrap();
            replica.merge_all();
            assert!(replica.text.to_string().contains("fine"));
        }
    }
}

/// Somebody goes back into the middle of what a kept state has walked at a stretch.
#[test]
fn typing_upon_half_a_deletion_is_placed_where_it_was_typed() {
    for backward in [true, false] {
        for half in 1..6 {
            let (mut a, mut b, mut c) = (Replica::new(1), Replica::new(2), Replica::new(3));
            a.insert(0, "0123456789");
            b.receive(&a, 0).unwrap();
            b.merge_all();
            b.insert(5, "x");
            a.delete(2, 6, backward);
            a.receive(&b, 0).unwrap();
            assert!(a.merge_all().forked);
            assert_eq!(a.text, "01x89");
            assert!(a.merger.bytes() > 0);

            c.receive(&a, 0).unwrap();
            c.go_to(Frontier::at(9 + half));
            let left = if backward { "01234567"[..8 - half as usize].to_owned() } else { "01".to_owned() };
            let right = &"01234567"[if backward { 8 } else { 2 + half as usize }..];
            assert_eq!(c.text, format!("{left}{right}89").as_str());
            for at in 0..=c.chars() {
                c.go_to(Frontier::at(9 + half));
                c.insert(at, &char::from(b'a' + at as u8).to_string());
            }
            a.receive(&c, 0).unwrap();
            a.merge_all();
            assert_eq!(
                a.text.to_string(),
                super::oracle::text(a.history.log(), &a.version),
                "{backward} {half}"
            );
        }
    }
}

/// A kept state begins at a version of two heads; then an event comes that had seen one of them only.
#[test]
fn an_event_that_saw_half_of_a_kept_state_is_placed_right() {
    for saw in [0, 1] {
        let (mut a, mut b) = (Replica::new(1), Replica::new(2));
        a.insert(0, "x");
        b.insert(0, "yz");
        a.receive(&b, 0).unwrap();
        for (number, text) in [(3, "m"), (4, "n")] {
            a.agent = agent(number);
            a.go_to(a.history.log().reduce(&[0, 1]).unwrap());
            a.insert(1, text);
        }
        a.go_to(Frontier::at(3));
        a.merge(&[4]).unwrap();
        assert!(a.merger.bytes() > 0);
        let mut late = Replica::new(5);
        late.receive(&a, 0).unwrap();
        late.go_to(Frontier::at(saw));
        late.insert(0, "!");
        a.receive(&late, 0).unwrap();
        a.merge(if saw == 1 { &[2] } else { &[5] }).unwrap();
        a.merge_all();
        assert_eq!(a.text.to_string(), super::oracle::text(a.history.log(), &a.version));
    }
}

#[test]
fn a_cloned_agent_is_found_out() {
    let mut a = Replica::new(1);
    a.insert(0, "abc");
    a.delete(1, 1, false);
    let mut b = Replica::new(2);
    b.receive(&a, 0).unwrap();
    let mut clone = Replica::new(1);
    clone.insert(0, "abc");
    clone.delete(2, 1, false);
    let conflict = clone.history.log().id(3).unwrap();
    assert_eq!(b.receive(&clone, 0), Err(ForeignError::Conflict(conflict)));
    let mut clone = Replica::new(1);
    clone.insert(0, "abd");
    assert!(matches!(b.receive(&clone, 0), Err(ForeignError::Conflict(_))));
    assert_eq!(b.history.log().end(), 4);

    let (mut a, mut b, mut clone) = (Replica::new(1), Replica::new(2), Replica::new(1));
    a.insert(0, "ab");
    a.insert(1, "c");
    b.receive(&a, 0).unwrap();
    clone.insert(0, "ab");
    clone.go_to(Frontier::at(0));
    clone.insert(1, "c");
    assert!(matches!(b.receive(&clone, 0), Err(ForeignError::Conflict(_))), "the same upon another version");
}

#[test]
fn an_anchor_follows_its_character_through_a_merge() {
    let mut a = Replica::new(1);
    a.insert(0, "the quick fox");
    let written = a.version.clone();
    let mut b = Replica::new(2);
    b.receive(&a, 0).unwrap();
    b.merge_all();
    b.insert(10, "brown ");
    a.delete(4, 6, false);
    a.insert(0, "See ");
    a.receive(&b, 0).unwrap();
    a.merge_all();
    assert_eq!(a.text, "See the brown fox");
    let resolve = |at, side| {
        let stored = StoredAnchor { version: written.clone(), at, side };
        stored.resolve(a.history.log(), &a.version, &mut Budget::default()).unwrap()
    };
    assert_eq!(resolve(10, Side::Before), Anchor { at: 14, side: Side::Before, dead: false }, "the f of fox");
    assert_eq!(resolve(7, Side::After), Anchor { at: 8, side: Side::After, dead: true }, "the i of quick");
    assert_eq!(resolve(0, Side::After).at, 0, "the start stays the start");
    assert_eq!(resolve(13, Side::Before).at, 17, "the end stays the end");
}

#[test]
fn a_dead_anchor_finds_its_place_among_what_others_typed_there() {
    let (mut a, mut b) = (Replica::new(1), Replica::new(2));
    a.insert(0, "a [quick] fox");
    b.receive(&a, 0).unwrap();
    b.merge_all();
    a.anchor(5, Side::Before, 5); // the i
    a.delete(2, 7, false);
    assert_eq!(a.anchors.all()[0], Anchor { at: 2, side: Side::Before, dead: true });
    b.insert(5, "LEFT");
    b.insert(10, "RIGHT");
    a.receive(&b, 0).unwrap();
    a.merge_all();
    assert_eq!(a.text, "a LEFTRIGHT fox");
    assert_eq!(a.anchors.all()[0].at, 6, "between them, where the i was");
}

#[test]
fn steps_of_a_fast_forward_are_the_difference_of_two_versions() {
    let mut a = Replica::new(1);
    a.insert(0, "one ");
    let old = a.version.clone();
    a.insert(4, "two ");
    a.insert(8, "three");
    a.delete(0, 4, true);
    let mut counted = merge::Counted::default();
    merge::merge(a.history.log(), &old, &a.version, 4, &mut counted, &mut Budget::default()).unwrap();
    assert_eq!((counted.inserted, counted.inserted_bytes, counted.deleted), (9, 9, 4));
    assert_eq!(a.history.log().dominates(&a.version, &old), Ok(true));
}
