//! Who reads event streams.

use std::convert::Infallible;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use eventsource_stream::Eventsource as _;
use futures_executor::block_on;
use futures_util::{StreamExt as _, stream};
use sse_stream::SseByteStream;
use writemagic_ai::sse::{Decoder, Item};

/// What a stream held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) events: usize,
    /// Bytes of data.
    pub(super) bytes: usize,
}

impl Read {
    fn add(&mut self, data: &str) {
        self.events += 1;
        self.bytes += data.len();
    }
}

/// Reads the chunks of a stream.
pub(super) type Reader = fn(&[Bytes]) -> Result<Read>;

/// Ours first.
pub(super) const CONTENDERS: [(&str, Reader); 3] =
    [("WriteMagic", ours), ("eventsource-stream 0.2", eventsource), ("sse-stream 0.3", sse_stream)];

fn ours(chunks: &[Bytes]) -> Result<Read> {
    let (mut decoder, mut read) = (Decoder::new(), Read::default());
    for chunk in chunks {
        decoder.push(chunk, |item| {
            if let Item::Event { data, .. } = item {
                read.add(data);
            }
        })?;
    }
    Ok(read)
}

fn source(chunks: &[Bytes]) -> impl stream::Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(chunks.iter().cloned().map(Ok))
}

fn eventsource(chunks: &[Bytes]) -> Result<Read> {
    let mut read = Read::default();
    let mut events = source(chunks).eventsource();
    while let Some(event) = block_on(events.next()) {
        read.add(&event?.data);
    }
    Ok(read)
}

fn sse_stream(chunks: &[Bytes]) -> Result<Read> {
    let mut read = Read::default();
    let mut events = SseByteStream::new(source(chunks));
    while let Some(event) = block_on(events.next()) {
        read.add(&event?.data.context("an event without data")?);
    }
    Ok(read)
}
