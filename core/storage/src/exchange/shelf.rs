//! The folders of several libraries as one tree.
//!
//! Libraries move, name and delete folders without asking each other. What they wrote joins field by field
//! ([`FolderState::merge`]), and may then be no tree: folders inside each other, too deep, or two of one name. [`derive()`]
//! makes one of it, which depends on nothing but what is known, so that all libraries that know the same see the same.
//!
//! It loses nothing: a wish that cannot be fulfilled is kept, and may be when more is known. Only that two folders are one
//! is for ever: whoever has seen it has put things into the one. So a library keeps the joins that it made ([`Joined`]) and
//! tells them to others.

use std::collections::{BTreeMap, BTreeSet};

use writemagic_shared::id::FolderId;
use writemagic_shared::limits::FOLDER_DEPTH;

use super::joined::Joined;
use super::record::FolderState;

/// Why a folder does not stand where its writer wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    /// It would stand inside itself.
    Cycle,
    /// It, or what it holds, would stand deeper than [`FOLDER_DEPTH`].
    Depth,
}

/// A tree of folders without two of one name in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shelf {
    parents: BTreeMap<FolderId, Option<FolderId>>,
    skipped: BTreeMap<FolderId, Skip>,
    joins: Vec<(FolderId, FolderId)>,
    joined: Joined,
}

impl Shelf {
    /// Every folder that there is, and the one that it stands in; `None` = at the top.
    pub(crate) fn parents(&self) -> &BTreeMap<FolderId, Option<FolderId>> {
        &self.parents
    }

    /// The folders that stand at the top because they cannot be where their writers want them. Those whose wish is a folder
    /// that was purged or is not known here are not among them.
    ///
    /// Before a library moves a folder it writes down, as moves to the top, that these stand there. Else taking the folder
    /// from its place could free one of them, which then stands in the way of the very move that the writer makes.
    pub(crate) fn skipped(&self) -> &BTreeMap<FolderId, Skip> {
        &self.skipped
    }

    /// The folders that are to become others, with these; in the order in which it was found, none of them known before.
    pub(crate) fn joins(&self) -> &[(FolderId, FolderId)] {
        &self.joins
    }

    /// What was joined before and what is to be: what the library keeps.
    pub(crate) fn joined(&self) -> &Joined {
        &self.joined
    }

    /// Where that stands, document or folder, whose writer wants it in `wish`.
    pub(crate) fn place(&self, wish: Option<FolderId>) -> Option<FolderId> {
        let id = self.joined.resolve(wish?);
        self.parents.contains_key(&id).then_some(id)
    }
}

/// The tree of these folders.
///
/// - A folder that was purged, or joined with another, is none. Its state, if there still is one, does not matter.
/// - What is to stand in a folder that is none, or that nothing is known of, stands at the top.
/// - Moves are made in the order of their clocks, then of ids, beginning with all folders at the top. One that would put a
///   folder inside itself or too deep is skipped: the folder stays at the top.
/// - Folders of one name in one place are joined into the one with the smallest id, which keeps its fields. What stood in
///   the others stands in it. From the top down; then the tree is made anew, until it has none.
///
/// O(folders · (depth + log)) for each time that the tree is made, at most [`PASSES`] times.
pub(crate) fn derive(
    folders: &BTreeMap<FolderId, FolderState>,
    purged: &BTreeSet<FolderId>,
    joined: &Joined,
) -> Shelf {
    derive_in(PASSES, folders, purged, joined)
}

/// How often the tree is made anew after joins. Where no wishes make cycles the second time finds nothing. Folders can be made
/// up of which every join makes another possible: then each derivation goes on where the one before stopped, which has
/// given a tree too.
const PASSES: u32 = 16;

pub(super) fn derive_in(
    passes: u32,
    folders: &BTreeMap<FolderId, FolderState>,
    purged: &BTreeSet<FolderId>,
    joined: &Joined,
) -> Shelf {
    let mut joined = joined.clone();
    let mut joins: Vec<(FolderId, FolderId)> = Vec::new();
    let mut pass = 1;
    loop {
        let mut tree = Tree::new(folders, purged, &joined);
        let found = tree.join_equal_names();
        joins.extend(&found);
        joined.extend(found.iter().copied());
        if found.is_empty() || pass >= passes {
            let (parents, skipped) = tree.into_maps();
            return Shelf { parents, skipped, joins, joined };
        }
        pass += 1;
    }
}

/// A tree in the making. Folders are numbered by ascending id.
struct Tree<'a> {
    folders: Vec<&'a FolderState>,
    parents: Vec<Option<usize>>,
    skipped: Vec<Option<Skip>>,
    /// Joined with another.
    gone: Vec<bool>,
}

impl<'a> Tree<'a> {
    fn new(
        folders: &'a BTreeMap<FolderId, FolderState>,
        purged: &BTreeSet<FolderId>,
        joined: &Joined,
    ) -> Self {
        let exists = |id: &FolderId| !purged.contains(id) && joined.resolve(*id) == *id;
        let folders: Vec<&FolderState> =
            folders.iter().filter(|(id, _)| exists(id)).map(|(_, state)| state).collect();
        let count = folders.len();
        let mut tree = Self {
            folders,
            parents: vec![None; count],
            skipped: vec![None; count],
            gone: vec![false; count],
        };
        tree.place_all(joined);
        tree
    }

    fn number(&self, id: FolderId) -> Option<usize> {
        self.folders.binary_search_by_key(&id, |folder| folder.id).ok()
    }

    /// Makes the moves.
    fn place_all(&mut self, joined: &Joined) {
        let mut order: Vec<usize> = (0..self.folders.len()).collect();
        // Stable: equal clocks stay in the order of ids.
        order.sort_by_key(|folder| self.folders[*folder].parent.clock);
        // How many levels a folder and what stands in it take.
        let mut heights: Vec<u64> = vec![1; self.folders.len()];
        for folder in order {
            let wish = self.folders[folder].parent.value;
            let Some(parent) = wish.and_then(|id| self.number(joined.resolve(id))) else { continue };
            let mut depth = 0;
            let mut inside = false;
            for above in self.upwards(parent) {
                depth += 1;
                inside |= above == folder;
            }
            self.skipped[folder] = match (inside, depth + heights[folder] > FOLDER_DEPTH) {
                (true, _) => Some(Skip::Cycle),
                (false, true) => Some(Skip::Depth),
                (false, false) => None,
            };
            if self.skipped[folder].is_none() {
                let levels = heights[folder];
                for (above, up) in self.upwards(parent).zip(1..) {
                    heights[above] = heights[above].max(levels + up);
                }
                self.parents[folder] = Some(parent);
            }
        }
    }

    /// A folder, the one that it stands in, and so on up to the top: at most [`FOLDER_DEPTH`].
    fn upwards(&self, folder: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(folder), |folder| self.parents[*folder])
    }

    /// Joins folders of one name in one place, from the top down; gives each with the one that it now is.
    fn join_equal_names(&mut self) -> Vec<(FolderId, FolderId)> {
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); self.folders.len()];
        let mut top = Vec::new();
        for (folder, parent) in self.parents.iter().enumerate() {
            parent.map_or(&mut top, |parent| &mut inside[parent]).push(folder);
        }
        let mut joins = Vec::new();
        let mut places = vec![top];
        while let Some(mut siblings) = places.pop() {
            // By number: the smallest id of a name comes first.
            siblings.sort_unstable();
            let mut named: BTreeMap<&str, usize> = BTreeMap::new();
            for folder in siblings {
                let first = *named.entry(&self.folders[folder].name.value).or_insert(folder);
                if first != folder {
                    self.gone[folder] = true;
                    joins.push((self.folders[folder].id, self.folders[first].id));
                    let moved = std::mem::take(&mut inside[folder]);
                    moved.iter().for_each(|child| self.parents[*child] = Some(first));
                    inside[first].extend(moved);
                }
            }
            places.extend(named.into_values().map(|folder| std::mem::take(&mut inside[folder])));
        }
        joins
    }

    fn into_maps(self) -> (BTreeMap<FolderId, Option<FolderId>>, BTreeMap<FolderId, Skip>) {
        let (mut parents, mut skipped) = (BTreeMap::new(), BTreeMap::new());
        for (number, folder) in self.folders.iter().enumerate().filter(|(number, _)| !self.gone[*number]) {
            parents.insert(folder.id, self.parents[number].map(|parent| self.folders[parent].id));
            skipped.extend(self.skipped[number].map(|skip| (folder.id, skip)));
        }
        (parents, skipped)
    }
}
