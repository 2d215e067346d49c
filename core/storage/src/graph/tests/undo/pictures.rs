//! What a writer sees of undo and redo, one picture each.

use super::super::replica::Replica;
use super::Writer;
use crate::graph::Burst;
use crate::graph::log::{Log, NotLoaded};
use crate::graph::merge::{Budget, MergeError};
use crate::graph::undo::{Inverse, Undone, invert};
use crate::graph::version::Frontier;

/// A second writer with the text of the first.
fn reader(writer: &Writer, number: u64) -> Replica {
    let mut replica = Replica::new(number);
    replica.receive(&writer.replica, 0).unwrap();
    replica.merge_all();
    replica
}

#[test]
fn type_delete_undo_undo_leaves_nothing_behind() {
    let mut a = Writer::new(1);
    a.types(0, "hello");
    a.deletes(1, 3);
    assert_eq!(a.text(), "ho");
    a.undo();
    assert_eq!(a.text(), "hello");
    a.undo();
    assert_eq!(a.text(), "");
    a.redo();
    assert_eq!(a.text(), "hello");
    a.redo();
    assert_eq!(a.text(), "ho");
    a.undo();
    a.undo();
    assert_eq!(a.text(), "");
    assert!(!a.undo());
}

#[test]
fn letters_deleted_one_by_one_come_back_in_their_order() {
    for order in [[0, 0, 0], [2, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]] {
        let mut a = Writer::new(1);
        a.types(0, "[abc]");
        let mut texts = Vec::new();
        for at in order {
            texts.push(a.text());
            a.deletes(1 + at, 1);
        }
        for _ in 0..3 {
            while let Some(text) = texts.pop() {
                a.undo();
                assert_eq!(a.text(), text, "{order:?}");
            }
            for _ in order {
                texts.push(a.text());
                a.redo();
            }
            assert_eq!(a.text(), "[]");
        }
    }
}

#[test]
fn what_was_typed_beside_a_letter_that_came_back_stays_beside_it() {
    let mut a = Writer::new(1);
    a.types(0, "[ab]");
    a.deletes(1, 1);
    a.deletes(1, 1);
    a.undo();
    assert_eq!(a.text(), "[b]");
    a.types(2, "x"); // behind the copy of the b
    a.types(1, "y"); // before it
    a.turn(1); // the first deletion, not the last action
    assert_eq!(a.text(), "[yabx]");
    a.deletes(2, 2);
    a.undo();
    assert_eq!(a.text(), "[yabx]");
}

#[test]
fn an_undo_after_a_foreign_merge_takes_back_the_own_part_only() {
    let mut a = Writer::new(1);
    a.types(0, "the quick fox");
    let mut b = reader(&a, 2);
    a.types(10, "brown ");
    b.insert(0, "See ");
    b.insert(b.chars(), "!");
    a.merge(&b);
    assert_eq!(a.text(), "See the quick brown fox!");
    a.undo();
    assert_eq!(a.text(), "See the quick fox!");
    a.redo();
    assert_eq!(a.text(), "See the quick brown fox!");
    // The other one writes inside, and deletes a part.
    b.receive(&a.replica, 0).unwrap();
    b.merge_all();
    b.insert(17, "-ish");
    b.delete(14, 2, true);
    a.merge(&b);
    assert_eq!(a.text(), "See the quick o-ishwn fox!");
    a.undo();
    assert_eq!(a.text(), "See the quick -ishfox!");
    a.redo();
    assert_eq!(a.text(), "See the quick o-ishwn fox!", "what the other one deleted stays deleted");
}

#[test]
fn what_another_deleted_too_stays_deleted() {
    let mut a = Writer::new(1);
    a.types(0, "one two three");
    let mut b = reader(&a, 2);
    a.deletes(2, 6);
    b.delete(4, 4, false);
    a.merge(&b);
    assert_eq!(a.text(), "onthree");
    a.undo();
    assert_eq!(a.text(), "one three");
    a.redo();
    assert_eq!(a.text(), "onthree");
    // Rejecting the other one's deletion brings back what only that holds.
    a.undo();
    let foreign: Vec<_> = a
        .replica
        .history
        .log()
        .ids_in(0..a.end())
        .filter(|(_, id)| id.agent == b.agent)
        .map(|(run, _)| run)
        .collect();
    let inverses = a.inverses(&foreign).unwrap();
    assert!(matches!(&inverses[..], [Inverse::Insert { at: 4, text, .. }] if text == "two "));
}

#[test]
fn taking_back_an_older_action_leaves_the_later_ones() {
    let mut a = Writer::new(1);
    a.types(0, "aaaa");
    a.types(2, "bb");
    a.deletes(1, 2); // an a and a b
    assert_eq!(a.text(), "abaa");
    a.turn(0);
    assert_eq!(a.text(), "b");
    a.turn(2);
    assert_eq!(a.text(), "bb", "the a that it deleted is not there any more");
    a.turn(2);
    assert_eq!(a.text(), "b");
    a.turn(0);
    assert_eq!(a.text(), "abaa");
}

#[test]
fn deleted_text_that_is_older_than_the_log_has_to_be_loaded() {
    let mut a = Writer::new(1);
    a.types(0, "old text");
    a.types(8, " and more");
    a.deletes(0, 3);
    let log = a.replica.history.log();
    let ids: Vec<_> = log.ids_in(0..12).map(|(run, id)| (run.start, id, run.len() as u32)).collect();
    let mut late = Log::starting_at(12, &[11], &ids).unwrap();
    for from in [12, 17] {
        let mut burst = Burst::default();
        if from == 12 {
            burst.insert(12, " more", 5)
        } else {
            burst.delete(0, 3)
        }
        late.append(log.id(from).unwrap(), &[from - 1], &burst).unwrap();
    }
    let undone = Undone::default();
    let inverse = |log| {
        let set = std::slice::from_ref(&(17..20));
        invert(log, &a.replica.version, set, &undone, &mut Budget::default())
    };
    assert_eq!(inverse(&late), Err(MergeError::NotLoaded(NotLoaded { lv: 11 })));
    let back = Inverse::Insert { at: 0, text: "old".to_owned(), of: 0..3 };
    assert_eq!(inverse(log), Ok(vec![back]));
}

/// A redo on another branch does not count here.
#[test]
fn an_undo_is_in_force_where_its_own_events_are() {
    let mut a = Writer::new(1);
    a.types(0, "abc");
    a.deletes(1, 1);
    a.undo();
    let here = a.replica.version.clone();
    a.redo();
    assert_eq!(a.text(), "ac");
    a.replica.go_to(here);
    assert_eq!(a.text(), "abc");
    let first = a.end();
    a.deletes(1, 1);
    let inverses = a.inverses(std::slice::from_ref(&(first..first + 1))).unwrap();
    assert_eq!(inverses, [Inverse::Insert { at: 1, text: "b".to_owned(), of: 1..2 }]);
    // Where the redo does count, there is nothing of it to take back.
    a.replica.go_to(Frontier::at(first - 1));
    assert_eq!(a.inverses(std::slice::from_ref(&(first..first + 1))), Ok(vec![]));
}
