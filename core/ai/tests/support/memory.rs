//! A text with a history and a store, in memory: characters keep their identity, and what was deleted keeps its place.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared by several tests")]

use std::sync::{Arc, Mutex, MutexGuard};

use writemagic_ai::foreign::ForeignError;
use writemagic_ai::proposal::{
    Anchor, Applied, Author, Edit, Filter, Place, ProposalStore, Resolved, Side, Snapshot, StoredProposal,
    TextTarget, VersionName,
};
use writemagic_shared::id::ProposalId;

/// A character, and the versions in which it stands.
#[derive(Clone, Debug)]
struct Cell {
    character: char,
    born: u64,
    died: Option<u64>,
}

impl Cell {
    fn stands_at(&self, version: u64) -> bool {
        self.born <= version && self.died.is_none_or(|died| version < died)
    }

    fn units(&self) -> u64 {
        self.character.len_utf16() as u64
    }
}

/// What a test reads and sets.
#[derive(Default)]
pub struct State {
    cells: Vec<Cell>,
    version: u64,
    /// The history answers no question about anchors.
    pub without_anchors: bool,
    /// The history has only the present version.
    pub without_history: bool,
    /// Edits wait beside an open editor.
    pub editor: bool,
    waiting: Vec<Vec<Edit>>,
    /// What is typed right before the next so many changes.
    pub interruptions: Vec<(u64, u64, String)>,
    /// The authors of the changes that proposals made, one a step of undo.
    pub changes: Vec<Author>,
}

impl State {
    pub fn text(&self) -> String {
        self.text_at(self.version)
    }

    fn text_at(&self, version: u64) -> String {
        self.cells.iter().filter(|cell| cell.stands_at(version)).map(|cell| cell.character).collect()
    }

    pub fn name(&self) -> VersionName {
        VersionName::new(self.version.to_string()).unwrap()
    }

    /// The cell before which a place of a version is: at the first cell that stands behind it.
    fn cell(&self, version: u64, at: u64) -> usize {
        let mut units = 0;
        for (number, cell) in self.cells.iter().enumerate() {
            if cell.stands_at(version) {
                if units + cell.units() > at {
                    return number;
                }
                units += cell.units();
            }
        }
        self.cells.len()
    }

    /// Replaces units of the present text, as a person would.
    pub fn edit(&mut self, at: u64, delete: u64, insert: &str) {
        self.version += 1;
        self.replace(at, delete, insert);
    }

    fn replace(&mut self, at: u64, delete: u64, insert: &str) {
        let (version, mut left) = (self.version, delete);
        let first = self.cell(version, at);
        for cell in self.cells[first..].iter_mut().filter(|cell| cell.stands_at(version)) {
            if left < cell.units() {
                break;
            }
            left -= cell.units();
            cell.died = Some(version);
        }
        // New text goes right behind a visible character.
        let before = self.cells[..first].iter().rposition(|cell| cell.stands_at(version));
        let place = before.map_or(0, |before| before + 1);
        let new = insert.chars().map(|character| Cell { character, born: version, died: None });
        self.cells.splice(place..place, new);
    }

    fn replace_all(&mut self, edits: &[Edit]) {
        self.version += 1;
        let mut moved = 0_i64;
        for edit in edits {
            let at = edit.at.checked_add_signed(moved).unwrap();
            self.replace(at, edit.delete, &edit.insert);
            moved += edit.insert.encode_utf16().count() as i64 - edit.delete as i64;
        }
    }

    /// The editor takes what waits beside it.
    pub fn rebase(&mut self) {
        for edits in std::mem::take(&mut self.waiting) {
            self.replace_all(&edits);
        }
    }

    /// The process ends: what waited is gone.
    pub fn kill(&mut self) {
        self.waiting.clear();
        self.editor = false;
    }

    fn resolve(&self, base: u64, anchor: &Anchor) -> Resolved {
        let stands = |number: &usize| self.cells[*number].stands_at(base);
        let next = self.cell(base, anchor.at);
        let followed = match anchor.side {
            Side::Before => (next < self.cells.len()).then_some(next),
            Side::After => (0..next).rev().find(stands),
        };
        let units = |until: usize| {
            let cells = self.cells[..until].iter().filter(|cell| cell.stands_at(self.version));
            cells.map(Cell::units).sum::<u64>()
        };
        match followed {
            None if anchor.side == Side::Before => Resolved { at: units(self.cells.len()), dead: false },
            None => Resolved { at: 0, dead: false },
            Some(number) => {
                let lives = self.cells[number].stands_at(self.version);
                let behind = usize::from(lives && anchor.side == Side::After);
                Resolved { at: units(number + behind), dead: !lives }
            }
        }
    }
}

/// One document.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

impl Memory {
    pub fn new(text: &str) -> Self {
        let memory = Self::default();
        memory.state().edit(0, 0, text);
        memory
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl TextTarget for Memory {
    fn present(&self, _: &Place) -> Result<Snapshot, ForeignError> {
        let state = self.state();
        let waiting = !state.waiting.is_empty();
        Ok(Snapshot { version: state.name(), text: state.text(), waiting })
    }

    fn text_at(&self, _: &Place, version: &VersionName) -> Result<Option<String>, ForeignError> {
        let state = self.state();
        let number: u64 = version.as_str().parse().unwrap();
        let known = number == state.version || !state.without_history;
        Ok(known.then(|| state.text_at(number)))
    }

    fn resolve(
        &self,
        _: &Place,
        base: &VersionName,
        to: &VersionName,
        anchors: &[Anchor],
    ) -> Result<Option<Vec<Resolved>>, ForeignError> {
        let state = self.state();
        assert_eq!(*to, state.name(), "nobody writes between a look and its answer here");
        let base = base.as_str().parse().unwrap();
        let known = !state.without_anchors && !state.without_history;
        Ok(known.then(|| anchors.iter().map(|anchor| state.resolve(base, anchor)).collect()))
    }

    fn apply(
        &self,
        _: &Place,
        on: &VersionName,
        edits: &[Edit],
        author: &Author,
    ) -> Result<Applied, ForeignError> {
        let mut state = self.state();
        if let Some((at, delete, insert)) = state.interruptions.pop() {
            state.edit(at, delete, &insert);
        }
        if *on != state.name() {
            return Ok(Applied::Moved);
        }
        assert!(edits.windows(2).all(|pair| pair[0].at + pair[0].delete <= pair[1].at));
        state.changes.push(author.clone());
        if state.editor {
            state.waiting.push(edits.to_vec());
            return Ok(Applied::Waiting);
        }
        state.replace_all(edits);
        Ok(Applied::Durable)
    }
}

/// A table of proposals.
#[derive(Clone, Default)]
pub struct Table(Arc<Mutex<Vec<StoredProposal>>>);

impl Table {
    pub fn rows(&self) -> MutexGuard<'_, Vec<StoredProposal>> {
        self.0.lock().unwrap()
    }
}

impl ProposalStore for Table {
    fn put(&self, proposal: &StoredProposal) -> Result<(), ForeignError> {
        self.rows().push(proposal.clone());
        Ok(())
    }

    fn get(&self, id: ProposalId) -> Result<Option<Vec<u8>>, ForeignError> {
        Ok(self.rows().iter().find(|row| row.id == id).map(|row| row.bytes.clone()))
    }

    fn list(&self, filter: &Filter) -> Result<Vec<Vec<u8>>, ForeignError> {
        let mut rows = self.rows().clone();
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        rows.retain(|row| {
            filter.document.is_none_or(|document| document == row.document)
                && (row.open || !filter.open)
                && filter.before.is_none_or(|before| row.id < before)
        });
        Ok(rows.into_iter().take(filter.limit as usize).map(|row| row.bytes).collect())
    }

    fn update(&self, proposal: &StoredProposal, from: u64) -> Result<bool, ForeignError> {
        let mut rows = self.rows();
        let row = rows.iter_mut().find(|row| row.id == proposal.id && row.revision == from);
        Ok(row.map(|row| *row = proposal.clone()).is_some())
    }
}
