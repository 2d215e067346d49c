//! The slots in every order that the memory model allows. The checker reports what is read while it is written, and what
//! is never freed.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread;

use crate::handles::handle::Key;
use crate::handles::slots::{Refusal, Slots};

/// Knows its number and counts how often it is dropped.
struct Object {
    number: usize,
    drops: Arc<AtomicUsize>,
}

impl Drop for Object {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Relaxed);
    }
}

struct Scene {
    slots: Arc<Slots<Object>>,
    drops: Arc<AtomicUsize>,
}

impl Scene {
    fn new() -> Self {
        Self { slots: Arc::new(Slots::new()), drops: Arc::new(AtomicUsize::new(0)) }
    }

    fn insert(&self, number: usize) -> Key {
        insert(&self.slots, &self.drops, number)
    }

    fn drops(&self) -> usize {
        self.drops.load(Relaxed)
    }

    fn spawn<R: 'static>(&self, work: impl FnOnce(&Slots<Object>) -> R + 'static) -> thread::JoinHandle<R> {
        let slots = Arc::clone(&self.slots);
        thread::spawn(move || work(&slots))
    }
}

fn insert(slots: &Slots<Object>, drops: &Arc<AtomicUsize>, number: usize) -> Key {
    slots.insert(Object { number, drops: Arc::clone(drops) }).ok().expect("there is room")
}

/// Whether the object could be held; if so it is the one with this number, and it is alive.
fn is_held(slots: &Slots<Object>, key: Key, number: usize) -> bool {
    match slots.hold(key) {
        Ok(object) => {
            assert_eq!(object.value().number, number);
            true
        }
        Err(missed) => {
            let refusal = slots.explain(key, missed);
            assert!(matches!(refusal, Refusal::Closed | Refusal::Closing), "{refusal:?}");
            false
        }
    }
}

/// Whether this call closed it, and not another one.
fn is_closed_here(slots: &Slots<Object>, key: Key) -> bool {
    match slots.close(key) {
        Ok(object) => {
            drop(object);
            true
        }
        Err(missed) => {
            let refusal = slots.explain(key, missed);
            assert!(matches!(refusal, Refusal::Closed | Refusal::Closing), "{refusal:?}");
            false
        }
    }
}

#[test]
fn a_call_beside_a_close_has_the_object_or_an_error() {
    loom::model(|| {
        let scene = Scene::new();
        let key = scene.insert(7);
        let caller = scene.spawn(move |slots| is_held(slots, key, 7));
        assert!(is_closed_here(&scene.slots, key));
        caller.join().unwrap();
        assert_eq!(scene.drops(), 1);
        assert!(!is_held(&scene.slots, key, 7));
    });
}

#[test]
fn a_key_that_comes_without_any_order_finds_a_whole_object_or_none() {
    loom::model(|| {
        let scene = Scene::new();
        // The chunk is there: whoever finds it finds it whole, and not by the word of a slot.
        let old = scene.insert(6);
        assert!(is_closed_here(&scene.slots, old));
        let board = Arc::new(AtomicUsize::new(0));
        let (drops, there) = (Arc::clone(&scene.drops), Arc::clone(&board));
        let writer = scene.spawn(move |slots| {
            let key = insert(slots, &drops, 7);
            there.store(key.generation as usize, Relaxed);
            key
        });
        let generation = board.load(Relaxed) as u32;
        if generation != 0 {
            let key = Key { index: old.index, generation };
            match scene.slots.hold(key) {
                Ok(object) => assert_eq!(object.value().number, 7),
                Err(missed) => assert_eq!(scene.slots.explain(key, missed), Refusal::Forged),
            }
        }
        assert!(is_closed_here(&scene.slots, writer.join().unwrap()));
    });
}

#[test]
fn of_two_calls_and_a_close_the_last_one_drops_the_object() {
    loom::model(|| {
        let scene = Scene::new();
        let key = scene.insert(7);
        let callers = [(), ()].map(|()| scene.spawn(move |slots| is_held(slots, key, 7)));
        assert!(is_closed_here(&scene.slots, key));
        callers.into_iter().for_each(|caller| _ = caller.join().unwrap());
        assert_eq!(scene.drops(), 1);
    });
}

#[test]
fn of_two_that_close_one_does() {
    loom::model(|| {
        let scene = Scene::new();
        let key = scene.insert(7);
        let caller = scene.spawn(move |slots| is_held(slots, key, 7));
        let other = scene.spawn(move |slots| is_closed_here(slots, key));
        let here = is_closed_here(&scene.slots, key);
        assert_ne!(here, other.join().unwrap());
        caller.join().unwrap();
        assert_eq!(scene.drops(), 1);
    });
}

#[test]
fn an_old_key_never_finds_the_next_object_of_its_slot() {
    loom::model(|| {
        let scene = Scene::new();
        let old = scene.insert(7);
        let caller = scene.spawn(move |slots| is_held(slots, old, 7));
        let drops = Arc::clone(&scene.drops);
        let writer = scene.spawn(move |slots| {
            assert!(is_closed_here(slots, old));
            let new = insert(slots, &drops, 8);
            // The slot is the same one where no call was in it, and its generation never is.
            assert_ne!(new, old);
            assert!(is_held(slots, new, 8));
            new
        });
        caller.join().unwrap();
        let new = writer.join().unwrap();
        assert!(!is_held(&scene.slots, old, 7));
        assert!(is_closed_here(&scene.slots, new));
        assert_eq!(scene.drops(), 2);
    });
}

#[test]
fn two_that_insert_beside_a_close_never_get_one_slot() {
    loom::model(|| {
        let scene = Scene::new();
        let first = scene.insert(0);
        let inserters = [1, 2].map(|number| {
            let drops = Arc::clone(&scene.drops);
            scene.spawn(move |slots| {
                let key = insert(slots, &drops, number);
                assert!(is_held(slots, key, number));
                key
            })
        });
        assert!(is_closed_here(&scene.slots, first));
        let keys = inserters.map(|inserter| inserter.join().unwrap());
        assert_ne!(keys[0].index, keys[1].index);
        for (key, number) in keys.into_iter().zip(1..) {
            assert!(is_held(&scene.slots, key, number));
            assert!(is_closed_here(&scene.slots, key));
        }
        assert_eq!(scene.drops(), 3);
    });
}

#[test]
fn what_is_poisoned_beside_a_call_and_a_close_leaves_nothing_behind() {
    loom::model(|| {
        let scene = Scene::new();
        let key = scene.insert(7);
        let panicking = scene.spawn(move |slots| {
            if let Ok(object) = slots.hold(key) {
                object.poison(None);
            }
        });
        let caller = scene.spawn(move |slots| match slots.hold(key) {
            Ok(object) => assert_eq!(object.value().number, 7),
            Err(missed) => match slots.explain(key, missed) {
                Refusal::Poisoned(None) | Refusal::Closing | Refusal::Closed => {}
                refusal => panic!("{refusal:?}"),
            },
        });
        assert!(is_closed_here(&scene.slots, key));
        panicking.join().unwrap();
        caller.join().unwrap();
        assert_eq!(scene.drops(), 1);
        // The next object of the slot is sound.
        let next = scene.insert(8);
        assert!(is_held(&scene.slots, next, 8));
        assert!(is_closed_here(&scene.slots, next));
    });
}
