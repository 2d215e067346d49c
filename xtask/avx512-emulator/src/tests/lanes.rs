//! What is computed, on any processor.

use super::plain::{IMMEDIATE, MASKINGS, Masking, expected};
use super::{Before, Numbers};
use crate::lanes::{Input, Shape, compute};
use crate::table::KINDS;

#[test]
fn every_instruction_computes_what_its_description_says() {
    let mut numbers = Numbers(0x5DEE_CE66);
    for kind in &KINDS {
        for width in [16, 32, 64] {
            for masking in MASKINGS {
                for _ in 0..50 {
                    let before = Before::random(&mut numbers);
                    let shape = Shape { width, lane: kind.lane };
                    let mask = if masking == Masking::Off { shape.all() } else { before.mask & shape.all() };
                    let Before { destination, second, last, .. } = before;
                    let input = Input { destination, second, last, immediate: IMMEDIATE };
                    assert_eq!(
                        compute(kind.operation, shape, &input, mask, masking == Masking::Zeroing),
                        expected(kind.name, width, masking, &before),
                        "{} of {width} bytes, {masking:?}: {before:?}",
                        kind.name
                    );
                }
            }
        }
    }
}

#[test]
fn shifts_by_every_distance_are_those_of_the_description() {
    let mut numbers = Numbers(0x0123_4567);
    for kind in KINDS.iter().filter(|kind| kind.name.contains("DV")) {
        for distance in 0..=255 {
            let before = Before { last: [distance; 64], ..Before::random(&mut numbers) };
            let shape = Shape { width: 64, lane: kind.lane };
            let Before { destination, second, last, .. } = before;
            let input = Input { destination, second, last, immediate: 0 };
            assert_eq!(
                compute(kind.operation, shape, &input, u64::MAX, false),
                expected(kind.name, 64, Masking::Off, &before),
                "{} by {distance}",
                kind.name
            );
        }
    }
}
