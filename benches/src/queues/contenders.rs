//! The engine's rings and the queues that people would take instead, behind one interface.

use std::collections::VecDeque;
use std::sync::{Arc, mpsc as std_mpsc};

use anyhow::{Context as _, Result};
use crossbeam_queue::ArrayQueue;
use writemagic_shared::queue::{Listener, mpsc, signal, spsc};

/// About as large as a splice of the edit pipeline; the first number tells which one it is.
pub(super) type Value = [u64; 6];

/// A bounded queue with one consumer.
pub(super) trait Queue {
    const NAME: &'static str;
    type Producer: Producer;
    type Consumer: Consumer;

    /// A queue for `capacity` values and its ends. Those for a single producer ignore `producers`.
    fn open(capacity: usize, producers: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)>;
}

pub(super) trait Producer: Send + 'static {
    /// False, and nothing has changed, if the queue is full.
    fn push(&mut self, value: Value) -> bool;
}

pub(super) trait Consumer: Send + 'static {
    /// Takes at most `most` values, if there are any; says how many.
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize;
}

/// The consumer of a queue that can sleep until there is a value.
pub(super) trait Sleeper: Consumer {
    /// The next value.
    fn wait(&mut self) -> Result<Value>;
}

/// Takes one after the other, for queues that know no batches.
fn one_by_one(most: usize, mut pop: impl FnMut() -> Option<Value>, mut each: impl FnMut(Value)) -> usize {
    for taken in 0..most {
        match pop() {
            Some(value) => each(value),
            None => return taken,
        }
    }
    most
}

/// The engine's ring for many producers.
pub(super) struct Many;

/// A receiver and what wakes it.
pub(super) struct Woken<R> {
    receiver: R,
    listener: Listener,
}

impl Queue for Many {
    const NAME: &'static str = "WriteMagic mpsc";
    type Producer = mpsc::Sender<Value>;
    type Consumer = Woken<mpsc::Receiver<Value>>;

    fn open(capacity: usize, producers: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let (notifier, listener) = signal();
        let (sender, receiver) = mpsc::ring(capacity, &notifier)?;
        Ok((vec![sender; producers], Woken { receiver, listener }))
    }
}

impl Producer for mpsc::Sender<Value> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        mpsc::Sender::push(self, value).is_ok()
    }
}

impl Consumer for Woken<mpsc::Receiver<Value>> {
    #[inline]
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize {
        self.receiver.drain(most).map(each).count()
    }
}

impl Sleeper for Woken<mpsc::Receiver<Value>> {
    fn wait(&mut self) -> Result<Value> {
        self.listener.wait(std::time::Duration::MAX, || self.receiver.ready());
        self.receiver.drain(1).next().context("closed")
    }
}

/// The engine's ring for one producer.
pub(super) struct One;

impl Queue for One {
    const NAME: &'static str = "WriteMagic spsc";
    type Producer = spsc::Sender<Value>;
    type Consumer = Woken<spsc::Receiver<Value>>;

    fn open(capacity: usize, _: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let (notifier, listener) = signal();
        let (sender, receiver) = spsc::ring(capacity, &notifier)?;
        Ok((vec![sender], Woken { receiver, listener }))
    }
}

impl Producer for spsc::Sender<Value> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        spsc::Sender::push(self, value).is_ok()
    }
}

impl Consumer for Woken<spsc::Receiver<Value>> {
    #[inline]
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize {
        self.receiver.drain(most).map(each).count()
    }
}

impl Sleeper for Woken<spsc::Receiver<Value>> {
    fn wait(&mut self) -> Result<Value> {
        self.listener.wait(std::time::Duration::MAX, || self.receiver.ready());
        self.receiver.drain(1).next().context("closed")
    }
}

/// `crossbeam::queue::ArrayQueue`: many consumers, nothing that wakes them.
pub(super) struct Array;

impl Queue for Array {
    const NAME: &'static str = "ArrayQueue";
    type Producer = Arc<ArrayQueue<Value>>;
    type Consumer = Arc<ArrayQueue<Value>>;

    fn open(capacity: usize, producers: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let queue = Arc::new(ArrayQueue::new(capacity));
        Ok((vec![Arc::clone(&queue); producers], queue))
    }
}

impl Producer for Arc<ArrayQueue<Value>> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        ArrayQueue::push(self, value).is_ok()
    }
}

impl Consumer for Arc<ArrayQueue<Value>> {
    #[inline]
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize {
        one_by_one(most, || self.pop(), each)
    }
}

pub(super) struct Crossbeam;

impl Queue for Crossbeam {
    const NAME: &'static str = "crossbeam-channel";
    type Producer = crossbeam_channel::Sender<Value>;
    type Consumer = crossbeam_channel::Receiver<Value>;

    fn open(capacity: usize, producers: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let (sender, receiver) = crossbeam_channel::bounded(capacity);
        Ok((vec![sender; producers], receiver))
    }
}

impl Producer for crossbeam_channel::Sender<Value> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        self.try_send(value).is_ok()
    }
}

impl Consumer for crossbeam_channel::Receiver<Value> {
    #[inline]
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize {
        one_by_one(most, || self.try_recv().ok(), each)
    }
}

impl Sleeper for crossbeam_channel::Receiver<Value> {
    fn wait(&mut self) -> Result<Value> {
        Ok(self.recv()?)
    }
}

pub(super) struct Std;

impl Queue for Std {
    const NAME: &'static str = "std sync_channel";
    type Producer = std_mpsc::SyncSender<Value>;
    type Consumer = std_mpsc::Receiver<Value>;

    fn open(capacity: usize, producers: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let (sender, receiver) = std_mpsc::sync_channel(capacity);
        Ok((vec![sender; producers], receiver))
    }
}

impl Producer for std_mpsc::SyncSender<Value> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        self.try_send(value).is_ok()
    }
}

impl Consumer for std_mpsc::Receiver<Value> {
    #[inline]
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize {
        one_by_one(most, || self.try_recv().ok(), each)
    }
}

impl Sleeper for std_mpsc::Receiver<Value> {
    fn wait(&mut self) -> Result<Value> {
        Ok(self.recv()?)
    }
}

pub(super) struct Flume;

/// Batches come out of flume's queue under one lock, all that there are.
pub(super) struct FlumeReceiver {
    receiver: flume::Receiver<Value>,
    drained: VecDeque<Value>,
}

impl Queue for Flume {
    const NAME: &'static str = "flume";
    type Producer = flume::Sender<Value>;
    type Consumer = FlumeReceiver;

    fn open(capacity: usize, producers: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let (sender, receiver) = flume::bounded(capacity);
        Ok((vec![sender; producers], FlumeReceiver { receiver, drained: VecDeque::new() }))
    }
}

impl Producer for flume::Sender<Value> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        self.try_send(value).is_ok()
    }
}

impl Consumer for FlumeReceiver {
    #[inline]
    fn take(&mut self, most: usize, each: impl FnMut(Value)) -> usize {
        if most == 1 {
            return one_by_one(1, || self.receiver.try_recv().ok(), each);
        }
        if self.drained.is_empty() {
            self.drained.extend(self.receiver.drain());
        }
        one_by_one(most, || self.drained.pop_front(), each)
    }
}

impl Sleeper for FlumeReceiver {
    fn wait(&mut self) -> Result<Value> {
        Ok(self.receiver.recv()?)
    }
}

/// `rtrb`: one producer, nothing that wakes, nothing that closes.
pub(super) struct Rtrb;

impl Queue for Rtrb {
    const NAME: &'static str = "rtrb";
    type Producer = rtrb::Producer<Value>;
    type Consumer = rtrb::Consumer<Value>;

    fn open(capacity: usize, _: usize) -> Result<(Vec<Self::Producer>, Self::Consumer)> {
        let (producer, consumer) = rtrb::RingBuffer::new(capacity);
        Ok((vec![producer], consumer))
    }
}

impl Producer for rtrb::Producer<Value> {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        rtrb::Producer::push(self, value).is_ok()
    }
}

impl Consumer for rtrb::Consumer<Value> {
    #[inline]
    fn take(&mut self, most: usize, mut each: impl FnMut(Value)) -> usize {
        if most == 1 {
            return self.pop().map_or(0, |value| {
                each(value);
                1
            });
        }
        match self.read_chunk(self.slots().min(most)) {
            Ok(chunk) => {
                let taken = chunk.len();
                chunk.into_iter().for_each(each);
                taken
            }
            Err(_) => 0,
        }
    }
}
