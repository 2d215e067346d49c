//! What is said to allocate nothing is counted here by the allocator itself.

use writemagic_ai::sse::{Decoder, Item};
use writemagic_shared::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

#[test]
fn reading_events_allocates_nothing_once_a_decoder_has_seen_a_few() {
    let stream = "event: delta\ndata: {\"text\":\"It rained – all day.\"}\n\n: alive\r\n".repeat(200);
    for length in [stream.len(), 64, 7, 1] {
        let mut decoder = Decoder::new();
        let mut bytes = 0;
        let mut round = || {
            for chunk in stream.as_bytes().chunks(length) {
                let read = decoder.push(chunk, |item| {
                    if let Item::Event { data, .. } = item {
                        bytes += data.len();
                    }
                });
                assert!(read.is_ok());
            }
        };
        round();
        assert_eq!(Allocations::of(&mut round).1, Allocations::default(), "chunks of {length}");
        assert!(bytes > 0);
    }
}
