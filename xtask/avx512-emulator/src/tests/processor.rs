//! Every instruction executed for real, and held against its description and against siblings of the same form that
//! every AVX-512 processor has.

use std::arch::asm;

use super::plain::{IMMEDIATE, MASKINGS, Masking, expected};
use super::{Before, Numbers, instructions_run};
use crate::lanes::Vector;

/// Executes an instruction whose operands are `$to`, zmm30, zmm5 and k3.
macro_rules! executed {
    ($to:literal, $text:expr, $before:expr) => {{
        let before: &Before = $before;
        let mut after = before.destination;
        // SAFETY: the tests run this only where `instructions_run` says that the processor has AVX-512 BW and
        // that the rest is emulated. The loads and the store are of 64 bytes that are there.
        unsafe {
            asm!(
                concat!("vmovdqu64 ", $to, ", [{after}]"),
                "vmovdqu64 zmm30, [{second}]",
                "vmovdqu64 zmm5, [{last}]",
                "kmovq k3, {mask}",
                $text,
                concat!("vmovdqu64 [{after}], ", $to),
                after = in(reg) &mut after,
                second = in(reg) &before.second,
                last = in(reg) &before.last,
                mask = in(reg) before.mask,
                out("zmm2") _, out("zmm5") _, out("zmm17") _, out("zmm30") _, out("k3") _,
                options(nostack)
            );
        }
        after
    }};
}

/// The instruction with every masking, into a high and a low register.
macro_rules! maskings {
    ($mnemonic:literal, $size:literal, $operands:literal) => {{
        fn run(masking: Masking, high: bool, before: &Before) -> Vector {
            match (masking, high) {
                (Masking::Off, true) => {
                    executed!("zmm17", concat!($mnemonic, " ", $size, "mm17, ", $operands), before)
                }
                (Masking::Off, false) => {
                    executed!("zmm2", concat!($mnemonic, " ", $size, "mm2, ", $operands), before)
                }
                (Masking::Merging, true) => {
                    executed!("zmm17", concat!($mnemonic, " ", $size, "mm17{{k3}}, ", $operands), before)
                }
                (Masking::Merging, false) => {
                    executed!("zmm2", concat!($mnemonic, " ", $size, "mm2{{k3}}, ", $operands), before)
                }
                (Masking::Zeroing, true) => {
                    executed!("zmm17", concat!($mnemonic, " ", $size, "mm17{{k3}}{{z}}, ", $operands), before)
                }
                (Masking::Zeroing, false) => {
                    executed!("zmm2", concat!($mnemonic, " ", $size, "mm2{{k3}}{{z}}, ", $operands), before)
                }
            }
        }
        run as fn(Masking, bool, &Before) -> Vector
    }};
}

/// An instruction of the table: its name and how it runs on vectors of 16, 32 and 64 bytes.
macro_rules! instruction {
    ($name:literal, 2) => {
        ($name, [maskings!($name, "x", "xmm5"), maskings!($name, "y", "ymm5"), maskings!($name, "z", "zmm5")])
    };
    ($name:literal, 3) => {
        (
            $name,
            [
                maskings!($name, "x", "xmm30, xmm5"),
                maskings!($name, "y", "ymm30, ymm5"),
                maskings!($name, "z", "zmm30, zmm5"),
            ],
        )
    };
    ($name:literal, immediate) => {
        (
            $name,
            [
                maskings!($name, "x", "xmm30, xmm5, 0x6B"),
                maskings!($name, "y", "ymm30, ymm5, 0x6B"),
                maskings!($name, "z", "zmm30, zmm5, 0x6B"),
            ],
        )
    };
}

#[test]
fn every_instruction_does_to_registers_what_its_description_says() {
    if !instructions_run() {
        return;
    }
    assert_eq!(IMMEDIATE, 0x6B, "the distance of the shifts below");
    let instructions = [
        instruction!("VPERMB", 3),
        instruction!("VPERMI2B", 3),
        instruction!("VPERMT2B", 3),
        instruction!("VPMULTISHIFTQB", 3),
        instruction!("VPCOMPRESSB", 2),
        instruction!("VPCOMPRESSW", 2),
        instruction!("VPEXPANDB", 2),
        instruction!("VPEXPANDW", 2),
        instruction!("VPSHLDW", immediate),
        instruction!("VPSHLDD", immediate),
        instruction!("VPSHLDQ", immediate),
        instruction!("VPSHRDW", immediate),
        instruction!("VPSHRDD", immediate),
        instruction!("VPSHRDQ", immediate),
        instruction!("VPSHLDVW", 3),
        instruction!("VPSHLDVD", 3),
        instruction!("VPSHLDVQ", 3),
        instruction!("VPSHRDVW", 3),
        instruction!("VPSHRDVD", 3),
        instruction!("VPSHRDVQ", 3),
        instruction!("VPDPBUSD", 3),
        instruction!("VPDPBUSDS", 3),
        instruction!("VPDPWSSD", 3),
        instruction!("VPDPWSSDS", 3),
    ];
    assert_eq!(instructions.map(|(name, _)| name), crate::table::KINDS.each_ref().map(|kind| kind.name));
    let mut numbers = Numbers(0xB5AD_4ECE);
    for (name, widths) in instructions {
        for (width, run) in [16, 32, 64].into_iter().zip(widths) {
            for masking in MASKINGS {
                for n in 0..20 {
                    let before = Before::random(&mut numbers);
                    let after = run(masking, n % 2 == 0, &before);
                    let expected = expected(name, width, masking, &before);
                    assert_eq!(after, expected, "{name} of {width} bytes, {masking:?}: {before:?}");
                }
            }
        }
    }
}

/// Runs an instruction on small lanes and its sibling, which the processor knows, on `times` wider ones.
fn compare(
    times: usize,
    lanes: usize,
    emulated: fn(Masking, bool, &Before) -> Vector,
    sibling: fn(Masking, bool, &Before) -> Vector,
) {
    let widened = |narrow: &Vector| {
        let mut wide = [0; 64];
        for (n, byte) in narrow[..lanes].iter().enumerate() {
            wide[n * times] = *byte;
        }
        wide
    };
    let mut numbers = Numbers(0x1337_C0DE);
    for masking in MASKINGS {
        for _ in 0..200 {
            let narrow = Before::random(&mut numbers);
            let wide = Before {
                destination: widened(&narrow.destination),
                second: widened(&narrow.second),
                last: widened(&narrow.last),
                ..narrow
            };
            let after = emulated(masking, true, &narrow);
            assert_eq!(widened(&after), sibling(masking, true, &wide), "{masking:?}: {narrow:?}");
        }
    }
}

#[test]
fn operands_and_masks_mean_what_they_mean_in_siblings_that_the_processor_has() {
    if !instructions_run() {
        return;
    }
    // 32 bytes beside 32 words: an index into one table has five bits, into two six.
    compare(2, 32, maskings!("vpermb", "y", "ymm30, ymm5"), maskings!("vpermw", "z", "zmm30, zmm5"));
    compare(2, 32, maskings!("vpermi2b", "y", "ymm30, ymm5"), maskings!("vpermi2w", "z", "zmm30, zmm5"));
    compare(2, 32, maskings!("vpermt2b", "y", "ymm30, ymm5"), maskings!("vpermt2w", "z", "zmm30, zmm5"));
    // 16 bytes beside 16 doublewords.
    compare(4, 16, maskings!("vpcompressb", "x", "xmm5"), maskings!("vpcompressd", "z", "zmm5"));
    compare(4, 16, maskings!("vpexpandb", "x", "xmm5"), maskings!("vpexpandd", "z", "zmm5"));
}

#[test]
fn registers_that_were_at_rest_keep_their_zeros_beside_one_that_is_written() {
    if !instructions_run() {
        return;
    }
    let before = Before::random(&mut Numbers(0xFACE));
    let (mut written, mut beside): (Vector, Vector) = ([1; 64], [1; 64]);
    // SAFETY: `instructions_run` says that all of this runs. The loads and stores are of 64 bytes that are there.
    unsafe {
        asm!(
            "vmovdqu64 zmm30, [{second}]",
            "vmovdqu64 zmm31, [{last}]",
            "vzeroall",
            "vpermb zmm2, zmm30, zmm31",
            "vmovdqu64 [{written}], zmm2",
            "vmovdqu64 [{beside}], zmm3",
            second = in(reg) &before.second,
            last = in(reg) &before.last,
            written = in(reg) &mut written,
            beside = in(reg) &mut beside,
            out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _, out("zmm5") _,
            out("zmm6") _, out("zmm7") _, out("zmm8") _, out("zmm9") _, out("zmm10") _, out("zmm11") _,
            out("zmm12") _, out("zmm13") _, out("zmm14") _, out("zmm15") _, out("zmm30") _, out("zmm31") _,
            options(nostack)
        );
    }
    assert_eq!(written, expected("VPERMB", 64, Masking::Off, &before));
    assert_eq!(beside, [0; 64]);
}
