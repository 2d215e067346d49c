//! Images and files that are not as they were made.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use writemagic_embedding_table::TABLE_64;
use writemagic_embedding_table::image::{Source, make};
use writemagic_embedding_table::layout::{HEADER, Header, KIND};
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::mapped::{Kind, MapError, Writer};
use writemagic_storage::embedding::{Embedder as _, Table, TableError};

/// An image of six tokens.
fn small() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("vocab.txt", "[UNK]\nrain\n##s\nnight\n.\n##é\n".as_bytes());
    write("static_minilm_256.i8", &(0..6 * 16).map(|n| n as u8 + 1).collect::<Vec<_>>());
    write("static_minilm_256.scale.f32", &[0.5_f32; 6].map(f32::to_le_bytes).concat());
    make(&Source::read(folder.path()).unwrap(), 16).unwrap()
}

fn linked(image: Vec<u8>) -> Result<Table, TableError> {
    Table::new(image.leak())
}

fn written(image: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("table");
    let mut writer = Writer::create(&place, Kind(KIND)).unwrap();
    writer.write_all(image).unwrap();
    writer.finish().unwrap();
    (folder, place)
}

fn use_it(table: &Table) {
    for text in ["rain", "rains", "Nights.", "rain\u{301} nighté", "", "no such word"] {
        assert_eq!(table.encode(text).vector.len(), table.dimensions());
    }
}

#[test]
fn a_file_gives_the_same_table_as_the_program() {
    let (_folder, place) = written(TABLE_64);
    let (mapped, linked) = (Table::open(&place).unwrap(), Table::new(TABLE_64).unwrap());
    assert_eq!((mapped.model(), mapped.dimensions()), (linked.model(), 64));
    let text = "It rained, and naïve unaffable words fell.";
    assert_eq!(mapped.encode(text), linked.encode(text));
}

#[test]
fn a_missing_or_damaged_file_has_its_code() {
    let (_folder, place) = written(&small());
    Table::open(&place).unwrap();
    let code = |place: &Path| Table::open(place).unwrap_err().code();
    assert_eq!(code(&place.with_file_name("nothing")), Code::PathNotFound);
    assert_eq!(code(place.parent().unwrap()), Code::EmbeddingTableInvalid);
    let mut bytes = fs::read(&place).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&place, &bytes).unwrap();
    let damaged = Table::open(&place).unwrap_err();
    assert_eq!(
        (damaged.code(), &damaged),
        (Code::EmbeddingTableInvalid, &TableError::File(MapError::ChecksumDiffers))
    );
    fs::write(&place, &bytes[..last]).unwrap();
    assert_eq!(code(&place), Code::EmbeddingTableInvalid);
    fs::write(&place, small()).unwrap();
    assert_eq!(code(&place), Code::EmbeddingTableInvalid);
    fs::write(&place, b"").unwrap();
    assert_eq!(code(&place), Code::EmbeddingTableInvalid);
}

#[test]
fn an_image_cut_or_lengthened_anywhere_is_refused() {
    let image = small();
    for length in 0..image.len() {
        let refused = linked(image[..length].to_vec()).unwrap_err();
        assert!(matches!(refused, TableError::Invalid { .. }), "{length}: {refused:?}");
        assert_eq!(refused.code(), Code::EmbeddingTableInvalid);
    }
    assert!(linked([image.as_slice(), b"x"].concat()).is_err());
    use_it(&linked(image).unwrap());
}

#[test]
fn another_layout_is_named() {
    let mut image = small();
    image[8] = 2;
    let refused = linked(image).unwrap_err();
    assert_eq!(refused, TableError::WrongVersion { found: 2, supported: 1 });
    assert_eq!(refused.code(), Code::EmbeddingTableInvalid);
}

#[test]
fn any_flipped_bit_is_refused_or_harmless() {
    let image = small();
    let mut refused = Vec::new();
    for bit in 0..image.len() * 8 {
        let mut changed = image.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        match linked(changed) {
            Ok(table) => use_it(&table),
            Err(_) => refused.push(bit / 8),
        }
    }
    refused.dedup();
    let checked = |at: &usize| (0..12).contains(at) || (80..HEADER).contains(at);
    assert_eq!(refused.iter().filter(|at| checked(at)).count(), 12 + HEADER - 80);
    assert!(refused.iter().all(|at| *at < HEADER), "what is behind the header is not looked at");
}

#[test]
fn a_header_that_claims_more_than_memory_is_refused() {
    let image = small();
    let (header, _) = Header::parse(&image).unwrap();
    for claim in [
        Header { tokens: u32::MAX, ..header },
        Header { tokens: (1 << 20) - 1, slots: 1 << 20, ..header },
        Header { dimensions: 1024, ..header },
        Header { dimensions: 1040, ..header },
        Header { dimensions: 24, ..header },
        Header { dimensions: 0, ..header },
        Header { vocabulary: u32::MAX, ..header },
        Header { slots: 1 << 31, ..header },
        Header { slots: 4, ..header },
        Header { slots: 15, ..header },
        Header { unknown: 6, ..header },
        Header { longest: 0, ..header },
        Header { longest: u32::MAX, ..header },
        Header { farthest: u32::MAX, ..header },
        Header { name: [0; 32], ..header },
        Header { name: [7; 32], ..header },
        Header { name: [0xFF; 32], ..header },
    ] {
        let mut changed = image.clone();
        changed[..HEADER].copy_from_slice(&claim.to_bytes());
        assert!(matches!(linked(changed), Err(TableError::Invalid { .. })), "{claim:?}");
    }
}

#[test]
fn rows_that_are_no_numbers_give_no_vector() {
    let mut image = small();
    let (_, parts) = Header::parse(&image).unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::MAX] {
        for scale in image[parts.scales.clone()].as_chunks_mut::<4>().0 {
            *scale = bad.to_le_bytes();
        }
        let embedding = linked(image.clone()).unwrap().encode("rain rain rain rain.");
        assert!(embedding.vector.iter().all(|number| number.is_finite()));
    }
}
