//! Texts as vectors, through the public API: the engine's table against an independent implementation, and models that an
//! app brings.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

mod damage;
mod embedders;
mod fixture;
mod texts;

use std::sync::LazyLock;

use writemagic_embedding_table::layout::Header;
use writemagic_embedding_table::{TABLE_64, TABLE_128, TABLE_256};
use writemagic_shared::alloc::{Allocations, Counting};
#[cfg(feature = "embedding-table")]
use writemagic_storage::embedding::Embedder as _;
use writemagic_storage::embedding::Table;

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

/// The engine's table, cut to 64, 128 and 256 dimensions.
static TABLES: LazyLock<[Table; 3]> =
    LazyLock::new(|| [TABLE_64, TABLE_128, TABLE_256].map(|image| Table::new(image).unwrap()));

fn table() -> &'static Table {
    &TABLES[1]
}

#[cfg(feature = "embedding-table")]
#[test]
fn the_table_that_a_feature_links_has_128_dimensions() {
    let linked = Table::linked().unwrap();
    assert_eq!((linked.dimensions(), linked.model()), (128, table().model()));
}

#[test]
fn a_token_is_found_in_a_few_steps() {
    for image in [TABLE_64, TABLE_128, TABLE_256] {
        let (header, _) = Header::parse(image).unwrap();
        assert!(header.farthest <= 24, "{}", header.farthest);
    }
}

#[test]
fn a_text_asks_the_allocator_for_its_vector_and_for_nothing_else() {
    let (short, long) = ("a b", "Naïve words, unaffable words: слово 中文 don't. ".repeat(1000));
    table();
    let (one, of_one) = Allocations::of(|| table().encode(short));
    let (many, of_many) = Allocations::of(|| table().encode(&long));
    assert!(of_one.count == 1 && of_one == of_many, "{of_one:?} {of_many:?}");
    assert!(many.tokens > 1000 * one.tokens);
}
