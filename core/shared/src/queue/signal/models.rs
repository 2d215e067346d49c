//! The signal in every order that the memory model allows: a lost wake-up is a deadlock here.

use std::task::Wake;

use super::*;
use crate::sync::atomic::AtomicUsize;

/// Wakes the thread that polls.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs `poll` like an executor: again after each wake-up, each time with a new waker.
fn block_on<R>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
    loop {
        let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
        match poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(found) => return found,
            Poll::Pending => thread::park(),
        }
    }
}

/// Two threads count and notify; returns what the listener looks at.
fn two_notifiers(notifier: Notifier) -> (Arc<AtomicUsize>, [thread::JoinHandle<()>; 2]) {
    let count = Arc::new(AtomicUsize::new(0));
    let threads = [(), ()].map(|()| {
        let (count, notifier) = (Arc::clone(&count), notifier.clone());
        thread::spawn(move || {
            count.fetch_add(1, Relaxed);
            notifier.notify();
        })
    });
    (count, threads)
}

#[test]
fn a_thread_hears_of_all_news() {
    loom::model(|| {
        let (notifier, mut listener) = signal();
        let (count, threads) = two_notifiers(notifier);
        // Waiting for the first and then for the second sleeps twice where the order allows.
        for wanted in 1..=2 {
            let found = listener.wait(Duration::MAX, || (count.load(Relaxed) >= wanted).then_some(()));
            assert_eq!(found, Some(()));
        }
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn a_task_hears_of_all_news() {
    loom::model(|| {
        let (notifier, mut listener) = signal();
        let (count, threads) = two_notifiers(notifier);
        block_on(|cx| listener.poll(cx, || (count.load(Relaxed) >= 2).then_some(())));
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn a_listener_that_gives_up_beside_a_notifier_can_sleep_again() {
    loom::model(|| {
        let (notifier, mut listener) = signal();
        let (count, threads) = two_notifiers(notifier);
        let noop = Waker::noop();
        let _ = listener.poll(&mut Context::from_waker(noop), || (count.load(Relaxed) >= 1).then_some(()));
        let found = listener.wait(Duration::MAX, || (count.load(Relaxed) >= 2).then_some(()));
        assert_eq!(found, Some(()));
        drop(listener);
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}
