//! Three devices that make, name, move, order and delete folders without asking each other, and now and then pull from one
//! another: in the end all show the same.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use writemagic_shared::id::FolderId;
use writemagic_shared::limits::FOLDER_DEPTH;

use super::records::folder_id;
use crate::exchange::digest::Digest;
use crate::exchange::field::{Field, Ticks};
use crate::exchange::joined::Joined;
use crate::exchange::record::{FolderState, PurgedKind, Record};
use crate::exchange::shelf::{Shelf, derive};

const DEVICES: usize = 3;

/// What a writer does. Folders are chosen among those that the device shows.
#[derive(Clone, Debug)]
enum Act {
    Create {
        name: u8,
        place: Index,
    },
    /// So many folders, each in the one before.
    Nest {
        levels: u8,
        name: u8,
    },
    Rename {
        folder: Index,
        name: u8,
    },
    Move {
        folder: Index,
        place: Index,
    },
    /// Moves one from the top into the deepest of the others.
    Stack {
        folder: Index,
    },
    Order {
        folder: Index,
        key: u8,
    },
    Delete {
        folder: Index,
    },
    Wait {
        millis: u8,
    },
    Pull {
        from: usize,
    },
}

fn any_act() -> impl Strategy<Value = Act> {
    let index = any::<Index>;
    prop_oneof![
        4 => (0..8_u8, index()).prop_map(|(name, place)| Act::Create { name, place }),
        2 => (1..30_u8, 0..8_u8).prop_map(|(levels, name)| Act::Nest { levels, name }),
        3 => (index(), 0..8_u8).prop_map(|(folder, name)| Act::Rename { folder, name }),
        12 => (index(), index()).prop_map(|(folder, place)| Act::Move { folder, place }),
        6 => index().prop_map(|folder| Act::Stack { folder }),
        1 => (index(), any::<u8>()).prop_map(|(folder, key)| Act::Order { folder, key }),
        2 => index().prop_map(|folder| Act::Delete { folder }),
        2 => (0..20_u8).prop_map(|millis| Act::Wait { millis }),
        1 => (0..DEVICES).prop_map(|from| Act::Pull { from }),
    ]
}

/// What is there before devices go apart: flat, and deep.
fn any_start() -> impl Strategy<Value = Vec<Act>> {
    let create = (0..8_u8, any::<Index>()).prop_map(|(name, place)| Act::Create { name, place });
    let nest = (10..35_u8, 0..8_u8).prop_map(|(levels, name)| Act::Nest { levels, name });
    (prop::collection::vec(create, 0..12), prop::collection::vec(nest, 0..6))
        .prop_map(|(creates, nests)| creates.into_iter().chain(nests).collect())
}

/// A library: what its tables of folders hold, and its clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Device {
    wall: i64,
    ticks: Ticks,
    folders: BTreeMap<FolderId, FolderState>,
    purged: BTreeSet<FolderId>,
    joined: Joined,
    shelf: Shelf,
}

impl Device {
    fn tick(&mut self) -> Ticks {
        self.ticks = (self.wall << 16).max(self.ticks + 1);
        self.ticks
    }

    fn pick(&self, index: &Index) -> Option<FolderId> {
        let ids: Vec<&FolderId> = self.shelf.parents().keys().collect();
        (!ids.is_empty()).then(|| *ids[index.index(ids.len())])
    }

    /// A folder, or one time in three the top, where devices meet.
    fn pick_place(&self, index: &Index) -> Option<FolderId> {
        let ids: Vec<&FolderId> = self.shelf.parents().keys().collect();
        ids.get(index.index(ids.len() + ids.len() / 2 + 1)).map(|id| **id)
    }

    /// From a folder up to the top.
    fn path(&self, place: Option<FolderId>) -> Vec<FolderId> {
        std::iter::successors(place, |id| self.shelf.parents()[id]).take(1000).collect()
    }

    fn height(&self, folder: FolderId) -> usize {
        let path = |id: &FolderId| self.path(Some(*id)).iter().position(|above| *above == folder);
        self.shelf.parents().keys().filter_map(path).max().map_or(0, |below| below + 1)
    }

    fn has(&self, place: Option<FolderId>, name: &str) -> bool {
        let named = |id: &FolderId| self.folders[id].name.value == name;
        self.shelf.parents().iter().any(|(id, parent)| *parent == place && named(id))
    }

    /// The library refuses what would be no tree, as far as it can see.
    fn create(&mut self, id: FolderId, name: String, place: Option<FolderId>) -> bool {
        if self.has(place, &name) || self.path(place).len() as u64 >= FOLDER_DEPTH {
            return false;
        }
        let clock = self.tick();
        let parent = Field { value: place, clock };
        let (name, order) = (Field { value: name, clock }, Field { value: vec![128], clock });
        self.folders.insert(id, FolderState { id, parent, name, order });
        self.settle();
        true
    }

    fn change(&mut self, folder: FolderId, change: impl FnOnce(&mut FolderState, Ticks)) {
        let clock = self.tick();
        change(self.folders.get_mut(&folder).unwrap(), clock);
        self.settle();
    }

    fn move_to(&mut self, folder: FolderId, place: Option<FolderId>) {
        let path = self.path(place);
        let deep = (path.len() + self.height(folder)) as u64 > FOLDER_DEPTH;
        let name = self.folders[&folder].name.value.clone();
        let stays = self.shelf.parents()[&folder] == place;
        if !stays && !path.contains(&folder) && !deep && !self.has(place, &name) {
            // Else this move could free one that was skipped, and be skipped for it.
            for skipped in self.shelf.skipped().clone().into_keys() {
                self.change(skipped, |state, clock| state.parent = Field { value: None, clock });
            }
            self.change(folder, |state, clock| {
                state.parent = Field { value: place, clock };
                state.order = Field { value: vec![128], clock };
            });
            assert_eq!(self.shelf.parents()[&folder], place, "a writer's move is made");
        }
    }

    fn act(&mut self, act: &Act, fresh: &mut impl FnMut() -> FolderId) {
        match act {
            Act::Create { name, place } => {
                self.create(fresh(), name_of(*name), self.pick_place(place));
            }
            Act::Nest { levels, name } => {
                let mut place = None;
                for _ in 0..*levels {
                    let id = fresh();
                    if !self.create(id, name_of(*name), place) {
                        break;
                    }
                    place = Some(id);
                }
            }
            Act::Rename { folder, name } => {
                let Some(folder) = self.pick(folder) else { return };
                let name = name_of(*name);
                if !self.has(self.shelf.parents()[&folder], &name) {
                    self.change(folder, |state, clock| state.name = Field { value: name, clock });
                }
            }
            Act::Move { folder, place } => {
                if let Some(folder) = self.pick(folder) {
                    self.move_to(folder, self.pick_place(place));
                }
            }
            Act::Stack { folder } => {
                let path = |id: &FolderId| self.path(Some(*id));
                let top: Vec<FolderId> =
                    self.shelf.parents().keys().filter(|id| path(id).len() == 1).copied().collect();
                let Some(folder) = (!top.is_empty()).then(|| *folder.get(&top)) else { return };
                let others = self.shelf.parents().keys().filter(|id| !path(id).contains(&folder));
                let place = others.max_by_key(|id| path(id).len()).copied();
                self.move_to(folder, place);
            }
            Act::Order { folder, key } => {
                let Some(folder) = self.pick(folder) else { return };
                let value = vec![*key, 128];
                self.change(folder, |state, clock| state.order = Field { value, clock });
            }
            Act::Delete { folder } => {
                let Some(folder) = self.pick(folder) else { return };
                if !self.shelf.parents().values().any(|parent| *parent == Some(folder)) {
                    self.tick();
                    self.folders.remove(&folder);
                    self.purged.insert(folder);
                    self.settle();
                }
            }
            Act::Wait { millis } => self.wall += i64::from(*millis),
            Act::Pull { .. } => {}
        }
    }

    /// Takes in what another device knows.
    fn pull(&mut self, from: &Device) {
        for (id, theirs) in &from.folders {
            let ours = self.folders.entry(*id).or_insert_with(|| theirs.clone());
            ours.merge(theirs.clone());
        }
        self.purged.extend(&from.purged);
        self.joined.extend(from.joined.pairs());
        self.ticks = self.ticks.max(from.ticks);
        self.settle();
    }

    /// Derives the tree and writes it down as a library does: rows for folders that exist, with the parent that they have,
    /// or their writers' wish where that cannot be.
    fn settle(&mut self) {
        self.shelf = derive(&self.folders, &self.purged, &self.joined);
        self.joined = self.shelf.joined().clone();
        let shelf = &self.shelf;
        self.folders.retain(|id, _| shelf.parents().contains_key(id));
        for (id, state) in &mut self.folders {
            let parent = shelf.parents()[id];
            if parent.is_some() && shelf.place(state.parent.value) == parent {
                state.parent.value = parent;
            }
        }
        self.check();
    }

    /// What must be true of every tree.
    fn check(&self) {
        assert!(self.folders.keys().eq(self.shelf.parents().keys()));
        let mut places = BTreeSet::new();
        for (id, parent) in self.shelf.parents() {
            let path = self.path(Some(*id));
            assert!(path.len() as u64 <= FOLDER_DEPTH, "a cycle, or too deep");
            assert!(places.insert((*parent, &self.folders[id].name.value)), "two of one name in one place");
            assert!(!self.purged.contains(id) && self.joined.resolve(*id) == *id);
        }
        let again = derive(&self.folders, &self.purged, &self.joined);
        assert_eq!(again.parents(), self.shelf.parents(), "what was written down gives the same");
        assert_eq!((again.skipped(), again.joins()), (self.shelf.skipped(), [].as_slice()));
    }

    fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        self.folders.values().for_each(|state| digest.add(&Record::Folder(state.clone())));
        self.joined.pairs().for_each(|(id, into)| digest.add(&Record::Joined { id, into }));
        for id in &self.purged {
            digest.add(&Record::Purged { id: *id.as_bytes(), kind: PurgedKind::Folder, clock: 0 });
        }
        digest.value()
    }
}

fn name_of(number: u8) -> String {
    char::from(b'a' + number).to_string()
}

/// Ids in no order that has to do with when they were made.
fn scattered(number: u64) -> FolderId {
    folder_id(u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 40)
}

/// Lets all pull from each other in some order until nothing changes.
fn settle_all(devices: &mut [Device], order: &[(usize, usize)]) {
    for _ in 0..20 {
        let before = devices.to_vec();
        let everyone = (0..DEVICES * DEVICES).map(|pair| (pair / DEVICES, pair % DEVICES));
        for (to, from) in order.iter().copied().chain(everyone) {
            let from = devices[from].clone();
            devices[to].pull(&from);
        }
        if before == devices {
            return;
        }
    }
    panic!("pulling never ends");
}

/// What happens until devices meet: who does what, and who then pulls from whom.
type Round = (Vec<(usize, Act)>, Vec<(usize, usize)>);

fn any_rounds() -> impl Strategy<Value = Vec<Round>> {
    let acts = prop::collection::vec((0..DEVICES, any_act()), 0..30);
    let pulls = prop::collection::vec((0..DEVICES, 0..DEVICES), 0..6);
    prop::collection::vec((acts, pulls), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn all_devices_show_the_same_folders_in_the_end(
        walls in prop::array::uniform3(1000..1010_i64), start in any_start(), rounds in any_rounds(),
    ) {
        let mut made = 0;
        let mut fresh = || {
            made += 1;
            scattered(made)
        };
        let mut devices = walls.map(|wall| Device { wall, ..Device::default() });
        start.iter().for_each(|act| devices[0].act(act, &mut fresh));
        settle_all(&mut devices, &[]);
        for (acts, pulls) in &rounds {
            for (device, act) in acts {
                match act {
                    Act::Pull { from } => {
                        let from = devices[*from].clone();
                        devices[*device].pull(&from);
                    }
                    act => devices[*device].act(act, &mut fresh),
                }
            }
            for (to, from) in pulls {
                let from = devices[*from].clone();
                devices[*to].pull(&from);
            }
        }
        settle_all(&mut devices, &[(2, 0), (0, 1), (0, 1)]);
        for device in &devices[1..] {
            prop_assert_eq!(&device.shelf, &devices[0].shelf);
            prop_assert_eq!(&device.folders, &devices[0].folders);
            prop_assert_eq!((&device.joined, &device.purged), (&devices[0].joined, &devices[0].purged));
            prop_assert_eq!(device.digest(), devices[0].digest());
        }
    }
}
