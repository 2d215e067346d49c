//! Texts to tokens and vectors: what changes nothing, and the kernels under them on every path.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use unicode_normalization::UnicodeNormalization as _;
use writemagic_embedding_table::TABLE_128;
use writemagic_shared::text::dispatch::{Path, force};
use writemagic_shared::vector::{dot_i8, norm, quantise};
use writemagic_storage::embedding::Table;

#[path = "alphabet.rs"]
mod alphabet;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(TABLE_128).unwrap());

/// The vector as whole numbers, and its product with itself.
fn quantised(vector: &[f32]) -> (Vec<i8>, u32, i32) {
    let (mut numbers, mut product) = (vec![0; vector.len()], [0]);
    let scale = quantise(vector, &mut numbers).unwrap();
    dot_i8(&numbers, &numbers, &mut product).unwrap();
    (numbers, scale.to_bits(), product[0])
}

// Texts as they come, or of characters of every class.
fuzz_target!(|input: (bool, &[u8], &[u8])| {
    let (any, first, second) = input;
    let text = |bytes| if any { String::from_utf8_lossy(bytes).into_owned() } else { alphabet::text(bytes) };
    let (first, second) = (text(first), text(second));
    let tokens = TABLE.tokens(&first);
    assert_eq!(TABLE.tokens(&first.to_ascii_uppercase()), tokens);
    assert_eq!(TABLE.tokens(&first.nfd().collect::<String>()), tokens);
    let both = [tokens.as_slice(), &TABLE.tokens(&second)].concat();
    for space in [" ", "\n", "\u{3000}"] {
        assert_eq!(TABLE.tokens(&format!("{first}{space}{second}")), both);
    }

    let expected = TABLE.encode(&first);
    assert_eq!(expected.tokens, tokens.len() as u64);
    assert!(expected.unknown <= expected.tokens && expected.whole_words <= expected.words);
    let length = norm(&expected.vector);
    assert!(if expected.is_empty() { length == 0.0 } else { (length - 1.0).abs() < 1e-5 });
    force(Some(Path::Scalar)).unwrap();
    let numbers = quantised(&expected.vector);
    for path in Path::available() {
        force(Some(path)).unwrap();
        let found = TABLE.encode(&first);
        let bits = |vector: &[f32]| vector.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found.vector), bits(&expected.vector));
        assert_eq!(quantised(&found.vector), numbers);
    }
    force(None).unwrap();
});
