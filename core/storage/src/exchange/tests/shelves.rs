//! The tree of folders: what a writer sees, one test each.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use writemagic_shared::id::FolderId;
use writemagic_shared::limits::FOLDER_DEPTH;

use super::records::folder_id;
use crate::exchange::field::Field;
use crate::exchange::joined::Joined;
use crate::exchange::record::FolderState;
use crate::exchange::shelf::{Shelf, Skip, derive, derive_in};

/// A folder of this number whose writer put it, at a tick, into another (0 = the top).
fn folder(number: u128, name: &str, parent: u128, clock: i64) -> FolderState {
    let parent = (parent > 0).then(|| folder_id(parent));
    FolderState {
        id: folder_id(number),
        parent: Field { value: parent, clock },
        name: Field { value: name.to_owned(), clock },
        order: Field { value: vec![128], clock },
    }
}

fn ids(numbers: &[u128]) -> BTreeSet<FolderId> {
    numbers.iter().copied().map(folder_id).collect()
}

fn joined(pairs: &[(u128, u128)]) -> Joined {
    pairs.iter().map(|(a, b)| (folder_id(*a), folder_id(*b))).collect()
}

fn shelf(folders: &[FolderState], purged: &[u128], pairs: &[(u128, u128)]) -> (Shelf, String) {
    let folders: BTreeMap<FolderId, FolderState> =
        folders.iter().map(|folder| (folder.id, folder.clone())).collect();
    let shelf = derive(&folders, &ids(purged), &joined(pairs));
    let picture = picture(&folders, &shelf, None);
    (shelf, picture)
}

/// `a(b c(d)) e`: the tree by names, siblings in the order of their ids.
fn picture(folders: &BTreeMap<FolderId, FolderState>, shelf: &Shelf, place: Option<FolderId>) -> String {
    let inside = shelf.parents().iter().filter(|(_, parent)| **parent == place).map(|(id, _)| {
        let name = &folders[id].name.value;
        match picture(folders, shelf, Some(*id)) {
            held if held.is_empty() => name.clone(),
            held => format!("{name}({held})"),
        }
    });
    inside.collect::<Vec<_>>().join(" ")
}

fn tree(folders: &[FolderState]) -> String {
    shelf(folders, &[], &[]).1
}

#[test]
fn folders_stand_where_their_writers_want_them() {
    let folders = [folder(1, "a", 0, 1), folder(2, "b", 1, 2), folder(3, "c", 2, 3), folder(4, "b", 0, 4)];
    let (shelf, picture) = shelf(&folders, &[], &[]);
    assert_eq!(picture, "a(b(c)) b");
    assert!(shelf.skipped().is_empty() && shelf.joins().is_empty());
    assert_eq!(shelf.place(Some(folder_id(3))), Some(folder_id(3)));
    assert_eq!(shelf.place(None), None);
}

#[test]
fn what_is_in_a_folder_that_was_purged_or_is_not_known_stands_at_the_top() {
    let folders = [folder(1, "a", 0, 1), folder(2, "b", 1, 2), folder(3, "c", 9, 3)];
    let (shelf, picture) = shelf(&folders, &[1], &[]);
    assert_eq!(picture, "b c");
    assert_eq!(shelf.place(Some(folder_id(1))), None);
    assert_eq!(shelf.place(Some(folder_id(9))), None);
    assert!(shelf.skipped().is_empty());
}

#[test]
fn of_two_folders_moved_into_each_other_the_later_move_is_skipped() {
    let (a, b) = (folder(1, "a", 2, 5), folder(2, "b", 1, 6));
    let (seen, picture) = shelf(&[a.clone(), b], &[], &[]);
    assert_eq!(picture, "b(a)");
    assert_eq!(seen.skipped(), &BTreeMap::from([(folder_id(2), Skip::Cycle)]));
    // At one tick the greater id is the later one.
    assert_eq!(tree(&[folder(2, "b", 1, 5), a.clone()]), "b(a)");
    assert_eq!(tree(&[a, folder(2, "b", 1, 4)]), "a(b)");
    assert_eq!(tree(&[folder(1, "a", 1, 5)]), "a", "into itself");
}

#[test]
fn a_skipped_move_is_made_when_it_has_become_possible() {
    let b = folder(2, "b", 1, 6);
    assert_eq!(tree(&[folder(1, "a", 2, 5), b.clone()]), "b(a)");
    assert_eq!(tree(&[folder(1, "a", 0, 7), b]), "a(b)");
}

#[test]
fn a_move_may_free_a_skipped_one_that_stands_in_its_way_unless_that_is_written_down_before() {
    let (b, c) = (folder(2, "b", 1, 2), folder(3, "c", 2, 1));
    assert_eq!(tree(&[folder(1, "a", 2, 1), b, c.clone()]), "b(a c)");
    let (moved, b) = (folder(1, "a", 3, 4), folder(2, "b", 1, 2));
    assert_eq!(tree(&[moved.clone(), b, c.clone()]), "a(b(c))", "not where it was moved to");
    assert_eq!(tree(&[moved, folder(2, "b", 0, 3), c]), "b(c(a))");
}

#[test]
fn a_cycle_of_many_breaks_at_its_last_move_alone() {
    let ring = [folder(1, "a", 2, 9), folder(2, "b", 3, 4), folder(3, "c", 1, 5), folder(4, "d", 1, 1)];
    assert_eq!(tree(&ring), "a(c(b) d)");
}

/// A chain of folders, each in the one before, the first at the top, written at ticks from `clock` on.
fn chain(first: u128, length: u128, clock: i64) -> Vec<FolderState> {
    let link = |i: u128| {
        let parent = if i == 0 { 0 } else { first + i - 1 };
        folder(first + i, &format!("f{}", first + i), parent, clock + i as i64)
    };
    (0..length).map(link).collect()
}

#[test]
fn folders_nest_to_their_limit_and_the_move_that_goes_beyond_is_skipped() {
    let depth = u128::from(FOLDER_DEPTH);
    let full = chain(1, depth, 1);
    assert!(shelf(&full, &[], &[]).0.skipped().is_empty());
    let (over, _) = shelf(&chain(1, depth + 1, 1), &[], &[]);
    assert_eq!(over.skipped(), &BTreeMap::from([(folder_id(depth + 1), Skip::Depth)]));

    // Two moves that each fit alone.
    let mut folders = [chain(1, 30, 1), chain(101, 30, 1), chain(201, 30, 1)].concat();
    folders[30].parent = Field { value: Some(folder_id(30)), clock: 500 };
    folders[60].parent = Field { value: Some(folder_id(130)), clock: 501 };
    let (seen, _) = shelf(&folders, &[], &[]);
    assert_eq!(seen.skipped(), &BTreeMap::from([(folder_id(201), Skip::Depth)]));
    folders[30].parent.clock = 502;
    let (seen, _) = shelf(&folders, &[], &[]);
    assert_eq!(seen.skipped(), &BTreeMap::from([(folder_id(101), Skip::Depth)]), "of what it holds");
}

#[test]
fn folders_of_one_name_in_one_place_become_the_one_with_the_smallest_id() {
    let folders = [folder(3, "a", 0, 1), folder(1, "a", 0, 9), folder(2, "a", 0, 2), folder(4, "x", 3, 3)];
    let (seen, picture) = shelf(&folders, &[], &[]);
    assert_eq!(picture, "a(x)");
    let joins = [(folder_id(2), folder_id(1)), (folder_id(3), folder_id(1))];
    assert_eq!(seen.joins(), joins);
    assert_eq!(seen.joined().pairs().collect::<Vec<_>>(), joins);
    assert_eq!(seen.place(Some(folder_id(3))), Some(folder_id(1)));
    // Known as joined, nothing is left to do, and what the others were called since does not matter.
    let later = [folder(3, "b", 4, 10), folder(1, "a", 0, 9), folder(4, "x", 3, 3)];
    let (seen, picture) = shelf(&later, &[], &[(3, 1), (2, 1)]);
    assert_eq!(picture, "a(x)");
    assert!(seen.joins().is_empty());
}

#[test]
fn two_trees_of_equal_names_become_one_tree() {
    let tree_of = |first: u128| {
        [
            folder(first, "Novel", 0, 1),
            folder(first + 1, "Part 1", first, 2),
            folder(first + 2, "Notes", first + 1, 3),
        ]
    };
    let mut folders = [tree_of(10), tree_of(20), tree_of(30)].concat();
    folders.push(folder(23, "Maps", 21, 4));
    let (seen, picture) = shelf(&folders, &[], &[]);
    assert_eq!(picture, "Novel(Part 1(Notes Maps))");
    assert_eq!(seen.joins().len(), 6);
    assert_eq!(seen.place(Some(folder_id(32))), Some(folder_id(12)));
}

#[test]
fn names_that_meet_because_of_a_skipped_or_purged_folder_join_too() {
    assert_eq!(tree(&[folder(1, "a", 2, 5), folder(2, "b", 1, 6), folder(3, "b", 0, 1)]), "b(a)");
    let folders = [folder(1, "old", 0, 1), folder(2, "a", 1, 2), folder(3, "a", 0, 3)];
    assert_eq!(shelf(&folders, &[1], &[]).1, "a");
    assert_eq!(shelf(&folders, &[], &[]).1, "old(a) a");
}

#[test]
fn a_folder_joined_with_one_that_was_purged_is_purged_and_loses_nothing() {
    let folders = [folder(2, "a", 0, 1), folder(3, "x", 2, 3)];
    assert_eq!(shelf(&folders, &[1], &[(2, 1)]).1, "x");
    assert_eq!(shelf(&folders, &[2], &[(2, 1)]).1, "x", "nothing is known of the other");
    let known = [folder(1, "a", 0, 1), folder(3, "x", 2, 3)];
    assert_eq!(shelf(&known, &[2], &[(2, 1)]).1, "a(x)", "purged by somebody who did not know of the join");
}

#[test]
fn a_move_that_only_a_joined_folder_forbade_is_made() {
    // 2 stands in 3, so 3 could not move into 2's folder; 2 is 1 now, which stands at the top.
    let folders = [folder(1, "a", 0, 1), folder(2, "a", 3, 2), folder(3, "b", 5, 3), folder(5, "c", 2, 1)];
    assert_eq!(tree(&folders), "a b(a(c))");
    assert_eq!(shelf(&folders, &[], &[(1, 2)]).1, "a(c(b))");
}

/// Makes the tree once for each step, keeping what was joined; gives how often, and the last.
fn in_steps(folders: &[FolderState], purged: &[u128], pairs: &[(u128, u128)]) -> (u32, Shelf) {
    let states = folders.iter().map(|folder| (folder.id, folder.clone())).collect();
    let mut kept = joined(pairs);
    for step in 1.. {
        let shelf = derive_in(1, &states, &ids(purged), &kept);
        check_tree(folders, purged, &shelf);
        if shelf.joins().is_empty() {
            return (step, shelf);
        }
        kept = shelf.joined().clone();
    }
    unreachable!("each step leaves fewer folders")
}

/// What must be true of every shelf.
fn check_tree(folders: &[FolderState], purged: &[u128], shelf: &Shelf) {
    let mut places = BTreeSet::new();
    for (id, parent) in shelf.parents() {
        let path = std::iter::successors(Some(*id), |id| shelf.parents()[id]);
        assert!(path.take(FOLDER_DEPTH as usize + 1).count() as u64 <= FOLDER_DEPTH, "a cycle");
        let name = &folders.iter().find(|folder| folder.id == *id).unwrap().name.value;
        assert!(places.insert((*parent, name)), "two of one name in one place");
        assert!(!ids(purged).contains(id));
        assert_eq!(shelf.place(Some(*id)), Some(*id));
    }
    for folder in folders {
        let living = shelf.parents().contains_key(&folder.id);
        let gone = ids(purged).contains(&folder.id) || shelf.joined().resolve(folder.id) != folder.id;
        assert_ne!(living, gone);
    }
}

// Found by a search for folders that make it hard: some join frees a move, which puts another folder in its way.
#[test]
fn joins_that_each_make_the_next_possible_come_to_an_end_in_one_go_or_in_steps() {
    let wishes = [4, 1, 5, 3, 9, 5, 3, 13, 10, 11, 10, 13, 2, 4];
    let clocks = [14, 14, 12, 13, 9, 1, 13, 3, 6, 5, 4, 4, 1, 14];
    let folders: Vec<FolderState> = (1..)
        .zip(wishes.into_iter().zip(clocks))
        .map(|(n, (wish, clock))| folder(n, "a", wish, clock))
        .collect();
    let (steps, last) = in_steps(&folders, &[], &[]);
    assert_eq!(steps, 8);
    let (all, picture) = shelf(&folders, &[], &[]);
    assert_eq!((all.parents(), all.joined()), (last.parents(), last.joined()));
    assert_eq!(picture, "a(a(a))");
}

/// Folders as nobody would make them: few, with few names, in each other.
fn any_folders() -> impl Strategy<Value = Vec<FolderState>> {
    let fields = (0..3_u8, 0..14_u128, 0..12_i64);
    prop::collection::vec(fields, 0..12).prop_map(|folders| {
        let made = |(number, (name, parent, clock)): (u128, (u8, u128, i64))| {
            folder(number, &char::from(b'a' + name).to_string(), parent, clock)
        };
        (1..).zip(folders).map(made).collect()
    })
}

fn any_pairs() -> impl Strategy<Value = Vec<(u128, u128)>> {
    prop::collection::vec((0..30_u128, 0..30_u128), 0..30)
}

proptest! {
    #[test]
    fn of_any_folders_a_tree_is_made_the_same_in_one_go_and_in_steps(
        folders in any_folders(),
        purged in prop::collection::vec(1..14_u128, 0..3),
        pairs in prop::collection::vec((1..14_u128, 1..14_u128), 0..3),
    ) {
        let (first, picture) = shelf(&folders, &purged, &pairs);
        check_tree(&folders, &purged, &first);
        let turned: Vec<FolderState> = folders.iter().rev().cloned().collect();
        prop_assert_eq!(shelf(&turned, &purged, &pairs), (first.clone(), picture));
        let (_, last) = in_steps(&folders, &purged, &pairs);
        prop_assert_eq!((last.parents(), last.joined()), (first.parents(), first.joined()));
        prop_assert_eq!(last.skipped(), first.skipped());
    }

    #[test]
    fn what_is_joined_does_not_depend_on_order_or_repeats(pairs in any_pairs(), split: prop::sample::Index) {
        let all = joined(&pairs);
        let turned: Vec<(u128, u128)> = pairs.iter().rev().map(|(a, b)| (*b, *a)).collect();
        prop_assert_eq!(&joined(&turned), &all);
        let (first, second) = pairs.split_at(split.index(pairs.len() + 1));
        let mut parts = joined(second);
        parts.extend(joined(first).pairs());
        parts.extend(all.pairs());
        prop_assert_eq!(&parts, &all);
    }

    #[test]
    fn joined_folders_are_called_by_the_smallest_of_them(pairs in any_pairs()) {
        // As slowly as can be: take the smallest of the two wherever they differ, until nothing does.
        let mut names: Vec<u128> = (0..30).collect();
        for _ in 0..30 {
            for (a, b) in &pairs {
                let smallest = names[*a as usize].min(names[*b as usize]);
                (names[*a as usize], names[*b as usize]) = (smallest, smallest);
            }
        }
        let joined = joined(&pairs);
        for (number, name) in names.into_iter().enumerate() {
            prop_assert_eq!(joined.resolve(folder_id(number as u128)), folder_id(name));
        }
        prop_assert!(joined.pairs().all(|(id, into)| into < id && joined.resolve(into) == into));
    }
}

#[test]
fn many_joins_of_one_folder_take_no_longer_than_many_of_different_ones() {
    let count = 100_000;
    let falling: Joined = (1..count).rev().map(|n| (folder_id(n), folder_id(n - 1))).collect();
    let rising: Joined = (1..count).map(|n| (folder_id(n), folder_id(n - 1))).collect();
    assert_eq!(falling, rising);
    assert_eq!(falling.resolve(folder_id(count - 1)), folder_id(0));
}
