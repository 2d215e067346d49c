//! Which folders are one.

use std::collections::BTreeMap;

use writemagic_shared::id::FolderId;

/// Sets of folders that are one, each called by the smallest id in it.
///
/// Two libraries may have joined one folder with different others: then all of them are one. So what is joined is a set of
/// pairs whose order does not matter, and each library keeps it in the same form: every other id with the smallest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Joined(BTreeMap<FolderId, FolderId>);

impl Joined {
    /// Whose folder the id names now.
    pub(crate) fn resolve(&self, id: FolderId) -> FolderId {
        self.0.get(&id).copied().unwrap_or(id)
    }

    /// Every id that names another folder now, with that folder's, by ascending id.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (FolderId, FolderId)> {
        self.0.iter().map(|(id, into)| (*id, *into))
    }

    /// The smallest id that is known for `id`, on the way to which all others are given it.
    fn root(&mut self, id: FolderId) -> FolderId {
        let mut root = id;
        while let Some(into) = self.0.get(&root) {
            root = *into;
        }
        let mut at = id;
        while let Some(into) = self.0.get_mut(&at) {
            at = std::mem::replace(into, root);
        }
        // The root itself has no entry, and what led to it has one.
        root
    }
}

/// Joins pairs of folders. O(pairs · log), in whatever order they come.
impl Extend<(FolderId, FolderId)> for Joined {
    fn extend<I: IntoIterator<Item = (FolderId, FolderId)>>(&mut self, pairs: I) {
        for (a, b) in pairs {
            let (a, b) = (self.root(a), self.root(b));
            if a != b {
                self.0.insert(a.max(b), a.min(b));
            }
        }
        // An entry leads to a smaller id, which has been settled before it.
        let ids: Vec<FolderId> = self.0.keys().copied().collect();
        for id in ids {
            let into = self.resolve(id);
            self.0.insert(id, self.resolve(into));
        }
    }
}

impl FromIterator<(FolderId, FolderId)> for Joined {
    fn from_iter<I: IntoIterator<Item = (FolderId, FolderId)>>(pairs: I) -> Self {
        let mut joined = Self::default();
        joined.extend(pairs);
        joined
    }
}
