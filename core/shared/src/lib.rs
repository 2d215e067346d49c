//! The ground floor of WriteMagic: what every other crate stands on and nothing that knows a document.
//!
//! | Room | What lives here |
//! | --- | --- |
//! | [`text`] | counts, segments, folding: pure functions over `&str` |
//! | [`alloc`] | a counting allocator, for tests and benches |
//! | [`buffer`] | pooled buffers: size classes, threads' caches over a lock-free depot, a hard limit |
//! | [`codec`] | numbers, columns and checksummed records as bytes |
//! | [`error`] | the one table of stable error [codes](error::Code), and typed error details |
//! | [`id`] | identifiers of documents, folders, libraries and agents |
//! | [`limits`] | every bound of the engine, in one place |
//! | [`mapped`] | memory maps of the engine's own files, proven whole |
//! | [`queue`] | bounded lock-free rings between threads, and the signal that wakes their consumer |
//! | [`runtime`] | the injected clock; progress and cancellation of long work |
//! | [`telemetry`] | log events whose fields user text cannot enter, and the sinks they go to |
//! | [`vector`] | arithmetic on vectors that stand for meanings: dot products, sums, quantising |
//!
//! What does not live here: documents, databases, models, networks. Nothing in this crate does I/O
//! except the log sinks and the maps.
//!
//! ```
//! use writemagic_shared::text::TextStats;
//!
//! let stats = TextStats::of("It rained. She wrote 二 words.");
//! assert_eq!(stats.words, 6);
//! assert_eq!(stats.sentences, 2);
//! ```

pub mod alloc;
pub mod buffer;
pub mod codec;
pub mod error;
pub mod id;
pub mod limits;
pub mod mapped;
pub mod queue;
pub mod runtime;
#[doc(hidden)]
pub mod sync;
pub mod telemetry;
pub mod text;
pub mod vector;
