//! The signal in every order that the memory model allows: a lost wake-up is a deadlock here. In `#[cfg(test)]` builds
//! with `--cfg loom`.

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

/// Two threads, one of them this one, bring news; `listen` runs in a third.
///
/// The listening thread joins none: loom's `unpark` wakes a thread from joining, too.
fn bring_news(listen: impl FnOnce(Listener, &AtomicUsize) + 'static) {
    let (notifier, listener) = signal();
    let count = Arc::new(AtomicUsize::new(0));
    let news = {
        let (count, notifier) = (Arc::clone(&count), notifier.clone());
        move || {
            count.fetch_add(1, Relaxed);
            notifier.notify();
        }
    };
    let listening = thread::spawn(move || listen(listener, &count));
    let other = thread::spawn(news.clone());
    news();
    other.join().expect("no panic");
    listening.join().expect("no panic");
}

#[test]
fn a_thread_hears_of_all_news() {
    loom::model(|| {
        bring_news(|mut listener, count| {
            // Waiting for the first and then for the second sleeps twice where the order allows.
            for wanted in 1..=2 {
                let found = listener.wait(Duration::MAX, || (count.load(Relaxed) >= wanted).then_some(()));
                assert_eq!(found, Some(()));
            }
        });
    });
}

#[test]
fn a_task_hears_of_all_news() {
    loom::model(|| {
        bring_news(|mut listener, count| {
            block_on(|cx| listener.poll(cx, || (count.load(Relaxed) >= 2).then_some(())));
        });
    });
}

#[test]
fn a_listener_that_gives_up_beside_a_notifier_can_sleep_again() {
    loom::model(|| {
        bring_news(|mut listener, count| {
            let cx = &mut Context::from_waker(Waker::noop());
            let _ = listener.poll(cx, || (count.load(Relaxed) >= 1).then_some(()));
            let found = listener.wait(Duration::MAX, || (count.load(Relaxed) >= 2).then_some(()));
            assert_eq!(found, Some(()));
        });
    });
}
