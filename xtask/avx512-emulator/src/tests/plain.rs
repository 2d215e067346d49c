//! The instructions as the manual describes them, bit by bit and without regard to speed.

use super::Before;
use crate::table::KINDS;

/// How a mask is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Masking {
    Off,
    Merging,
    Zeroing,
}

pub(super) const MASKINGS: [Masking; 3] = [Masking::Off, Masking::Merging, Masking::Zeroing];

/// The distance of the shifts by an immediate byte; more than a lane of two or four bytes has bits.
pub(super) const IMMEDIATE: u8 = 0x6B;

/// The destination after the instruction of that name, on vectors of `width` bytes.
pub(super) fn expected(name: &str, width: usize, masking: Masking, before: &Before) -> [u8; 64] {
    let lane = KINDS.iter().find(|kind| kind.name == name).unwrap().lane;
    let chosen = |n: usize| masking == Masking::Off || before.mask >> n & 1 == 1;
    let lanes = 0..width / lane;
    let (first, second, last) =
        (&before.destination[..width], &before.second[..width], &before.last[..width]);
    let part = |of: &[u8], n: usize| of[n * lane..][..lane].to_vec();
    let distance = |bytes: Vec<u8>| (usize::from(bytes[1]) << 8 | usize::from(bytes[0])) % (8 * lane);
    let fixed = usize::from(IMMEDIATE) % (8 * lane);

    // What each lane becomes that is written at all.
    let written: Vec<Option<Vec<u8>>> = match name {
        "VPCOMPRESSB" | "VPCOMPRESSW" => {
            let kept: Vec<_> = lanes.clone().filter(|n| chosen(*n)).map(|n| part(last, n)).collect();
            lanes.map(|n| kept.get(n).cloned()).collect()
        }
        "VPEXPANDB" | "VPEXPANDW" => {
            let mut next = 0..;
            lanes.map(|n| if chosen(n) { next.next().map(|from| part(last, from)) } else { None }).collect()
        }
        _ => lanes
            .map(|n| {
                let value = match name {
                    "VPERMB" => vec![last[usize::from(second[n]) % width]],
                    "VPERMI2B" => vec![[second, last].concat()[usize::from(first[n]) % (2 * width)]],
                    "VPERMT2B" => vec![[first, last].concat()[usize::from(second[n]) % (2 * width)]],
                    "VPMULTISHIFTQB" => {
                        let bits = bits(&last[n / 8 * 8..][..8]);
                        bytes((0..8).map(|bit| bits[(usize::from(second[n]) + bit) % 64]))
                    }
                    "VPSHLDW" | "VPSHLDD" | "VPSHLDQ" => left(&part(second, n), &part(last, n), fixed),
                    "VPSHRDW" | "VPSHRDD" | "VPSHRDQ" => right(&part(last, n), &part(second, n), fixed),
                    "VPSHLDVW" | "VPSHLDVD" | "VPSHLDVQ" => {
                        left(&part(first, n), &part(second, n), distance(part(last, n)))
                    }
                    "VPSHRDVW" | "VPSHRDVD" | "VPSHRDVQ" => {
                        right(&part(second, n), &part(first, n), distance(part(last, n)))
                    }
                    "VPDPBUSD" | "VPDPBUSDS" | "VPDPWSSD" | "VPDPWSSDS" => {
                        let number = |bytes: Vec<u8>| i32::from_le_bytes(bytes.try_into().unwrap());
                        let (second, last) = (part(second, n), part(last, n));
                        let word =
                            |of: &[u8], n: usize| i128::from(i16::from_le_bytes([of[2 * n], of[2 * n + 1]]));
                        let products: i128 = if name.contains('B') {
                            (0..4).map(|n| i128::from(second[n]) * i128::from(last[n] as i8)).sum()
                        } else {
                            (0..2).map(|n| word(&second, n) * word(&last, n)).sum()
                        };
                        let sum = i128::from(number(part(first, n))) + products;
                        let held = sum.clamp(i128::from(i32::MIN), i128::from(i32::MAX));
                        let sum = if name.ends_with("DS") { held } else { sum };
                        (sum as i32).to_le_bytes().to_vec()
                    }
                    _ => panic!("{name} is not described"),
                };
                chosen(n).then_some(value)
            })
            .collect(),
    };

    let mut after = [0; 64];
    for (n, value) in written.into_iter().enumerate() {
        let kept = || if masking == Masking::Zeroing { vec![0; lane] } else { part(first, n) };
        after[n * lane..][..lane].copy_from_slice(&value.unwrap_or_else(kept));
    }
    after
}

/// The bits of bytes, the lowest first.
fn bits(bytes: &[u8]) -> Vec<bool> {
    bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)).collect()
}

fn bytes(bits: impl Iterator<Item = bool>) -> Vec<u8> {
    let bits: Vec<bool> = bits.collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

/// The upper half of `high` and `low` after a shift to the left.
fn left(high: &[u8], low: &[u8], distance: usize) -> Vec<u8> {
    let both = bits(&[low, high].concat());
    bytes(both[both.len() / 2 - distance..both.len() - distance].iter().copied())
}

/// The lower half of `high` and `low` after a shift to the right.
fn right(high: &[u8], low: &[u8], distance: usize) -> Vec<u8> {
    let both = bits(&[low, high].concat());
    bytes(both[distance..distance + both.len() / 2].iter().copied())
}
