use std::{
    sync::atomic::AtomicUsize,
    task::{Wake, Waker},
};

use super::*;

const LONG: Duration = Duration::from_secs(3600);

/// Counts its wake-ups.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

fn counter() -> (Arc<Counter>, Waker) {
    let counter = Arc::new(Counter::default());
    (Arc::clone(&counter), Waker::from(counter))
}

#[test]
fn waiting_ends_at_once_when_there_is_news() {
    let (_notifier, mut listener) = signal();
    assert_eq!(listener.wait(LONG, || Some(7)), Some(7));
}

#[test]
fn waiting_ends_without_news_when_the_time_is_over() {
    let (_notifier, mut listener) = signal();
    assert_eq!(listener.wait(Duration::ZERO, || None::<()>), None);
    assert_eq!(listener.wait(Duration::from_millis(1), || None::<()>), None);
}

#[test]
fn a_thread_is_woken_from_a_sleep_without_end() {
    let (notifier, mut listener) = signal();
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    count.fetch_add(1, Relaxed);
                    notifier.notify();
                }
            });
        }
        for wanted in 1..=2_000 {
            let found = listener.wait(Duration::MAX, || (count.load(Relaxed) >= wanted).then_some(wanted));
            assert_eq!(found, Some(wanted));
        }
    });
}

#[test]
fn a_task_is_woken_once_per_sleep() {
    let (notifier, mut listener) = signal();
    let (wakes, waker) = counter();
    let cx = &mut Context::from_waker(&waker);
    notifier.notify();
    assert!(listener.poll(cx, || None::<()>).is_pending());
    assert_eq!(wakes.0.load(Relaxed), 0, "news before the sleep wakes nobody");
    notifier.notify();
    notifier.clone().notify();
    assert_eq!(wakes.0.load(Relaxed), 1);
    assert!(listener.poll(cx, || None::<()>).is_pending());
    notifier.notify();
    assert_eq!(wakes.0.load(Relaxed), 2);
}

#[test]
fn a_task_that_found_news_is_not_woken() {
    let (notifier, mut listener) = signal();
    let (wakes, waker) = counter();
    let cx = &mut Context::from_waker(&waker);
    assert!(listener.poll(cx, || None::<()>).is_pending());
    let mut looks = [None, Some(())].into_iter();
    assert!(listener.poll(cx, || looks.next().flatten()).is_ready());
    notifier.notify();
    assert_eq!(wakes.0.load(Relaxed), 0);
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_counts() {
    let (notifier, mut listener) = signal();
    let (first, waker) = counter();
    assert!(listener.poll(&mut Context::from_waker(&waker), || None::<()>).is_pending());
    let (second, waker) = counter();
    assert!(listener.poll(&mut Context::from_waker(&waker), || None::<()>).is_pending());
    notifier.notify();
    assert_eq!((first.0.load(Relaxed), second.0.load(Relaxed)), (0, 1));
}

#[test]
fn a_dropped_listener_keeps_no_task_alive() {
    let (_notifier, mut listener) = signal();
    let (wakes, waker) = counter();
    assert!(listener.poll(&mut Context::from_waker(&waker), || None::<()>).is_pending());
    drop((waker, listener));
    assert_eq!(Arc::strong_count(&wakes), 1);
}

#[test]
fn news_that_panics_leaves_the_signal_working() {
    let (notifier, mut listener) = signal();
    let mut looks = 0;
    let news = || -> Option<()> {
        looks += 1;
        assert!(looks < 2, "the second look panics, while the listener is asleep for notifiers");
        None
    };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| listener.wait(LONG, news)));
    assert!(panicked.is_err());
    notifier.notify();
    assert_eq!(listener.wait(LONG, || Some(1)), Some(1));
}
