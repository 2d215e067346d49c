//! Memory operands of real instructions: where they are, and what of them is touched.

use std::arch::asm;
use std::ptr;

use super::plain::{Masking, expected};
use super::{Before, Numbers, instructions_run};

/// Executes `$text` with zmm17 as the destination, zmm30, k3 and the given general registers; gives zmm17.
macro_rules! executed {
    ($before:expr, $text:literal, $($operands:tt)*) => {{
        let mut after = $before.destination;
        // SAFETY: the tests run this only where `instructions_run` says that the instruction runs; the operands
        // lead to memory that is there.
        unsafe {
            asm!(
                "vmovdqu64 zmm17, [{after}]",
                "vmovdqu64 zmm30, [{second}]",
                "kmovq k3, {mask}",
                $text,
                "vmovdqu64 [{after}], zmm17",
                after = in(reg) &mut after,
                second = in(reg) &$before.second,
                mask = in(reg) $before.mask,
                $($operands)*
                out("zmm17") _, out("zmm30") _, out("k3") _,
                options(nostack)
            );
        }
        after
    }};
}

#[test]
fn every_way_to_name_an_address_leads_there() {
    if !instructions_run() {
        return;
    }
    let mut numbers = Numbers(0x00AD_D4E5);
    let before = Before::random(&mut numbers);
    let text: Vec<u8> = (0..64).flat_map(|_| numbers.vector()).collect();
    let at = |start: usize| {
        let last = text[start..][..64].try_into().unwrap();
        expected("VPERMB", 64, Masking::Off, &Before { last, ..before })
    };
    let middle = &text[2048];
    assert_eq!(executed!(before, "vpermb zmm17, zmm30, [{m}]", m = in(reg) middle,), at(2048));
    assert_eq!(executed!(before, "vpermb zmm17, zmm30, [{m} + 128]", m = in(reg) middle,), at(2176));
    assert_eq!(executed!(before, "vpermb zmm17, zmm30, [{m} - 2048]", m = in(reg) middle,), at(0));
    assert_eq!(executed!(before, "vpermb zmm17, zmm30, [{m} - 1001]", m = in(reg) middle,), at(1047));
    assert_eq!(
        executed!(before, "vpermb zmm17, zmm30, [{m} + 8*{n} + 64]", m = in(reg) middle, n = in(reg) 13_usize,),
        at(2216)
    );
    assert_eq!(
        executed!(before, "vpermb zmm17, zmm30, [r13 + r12]", in("r13") middle, in("r12") -48_isize,),
        at(2000)
    );
    static TABLE: [u8; 64] = [0xA5; 64];
    assert_eq!(executed!(before, "vpermb zmm17, zmm30, [rip + {t}]", t = sym TABLE,), TABLE);
}

#[test]
fn narrow_vectors_and_single_lanes_are_read_from_memory_too() {
    if !instructions_run() {
        return;
    }
    let before = Before::random(&mut Numbers(0x0B0A));
    let last = &before.last;
    let wanted = |name, width, masking| expected(name, width, masking, &before);
    assert_eq!(
        executed!(before, "vpermi2b xmm17 {{k3}}, xmm30, [{m}]", m = in(reg) last,),
        wanted("VPERMI2B", 16, Masking::Merging)
    );
    assert_eq!(
        executed!(before, "vpshldvw ymm17 {{k3}}{{z}}, ymm30, [{m}]", m = in(reg) last,),
        wanted("VPSHLDVW", 32, Masking::Zeroing)
    );
    let repeated = |lane: usize| Before { last: std::array::from_fn(|n| last[n % lane]), ..before };
    assert_eq!(
        executed!(
            before,
            "vpshrdd zmm17 {{k3}}, zmm30, dword ptr [{m} - 16]{{1to16}}, 0x6B",
            m = in(reg) last.as_ptr().wrapping_add(16),
        ),
        expected("VPSHRDD", 64, Masking::Merging, &repeated(4))
    );
    assert_eq!(
        executed!(before, "vpmultishiftqb ymm17, ymm30, qword ptr [{m}]{{1to4}}", m = in(reg) last,),
        expected("VPMULTISHIFTQB", 32, Masking::Off, &repeated(8))
    );
}

#[test]
fn compressing_into_memory_writes_what_is_selected_and_no_more() {
    if !instructions_run() {
        return;
    }
    let mut numbers = Numbers(0xC0FF);
    for _ in 0..100 {
        let before = Before::random(&mut numbers);
        let mut memory = [0xEE; 66];
        let source = Before { last: before.destination, destination: [0xEE; 64], ..before };
        executed!(before, "vpcompressb [{m} + 1] {{k3}}, zmm17", m = in(reg) &mut memory,);
        assert_eq!(memory[1..65], expected("VPCOMPRESSB", 64, Masking::Merging, &source));
        assert_eq!((memory[0], memory[65]), (0xEE, 0xEE));

        let mut memory = [0xEE; 66];
        executed!(before, "vpcompressw [{m} + 2] {{k3}}, ymm17", m = in(reg) &mut memory,);
        assert_eq!(memory[2..34], expected("VPCOMPRESSW", 32, Masking::Merging, &source)[..32]);
        assert!(memory[..2].iter().chain(&memory[34..]).all(|byte| *byte == 0xEE));
    }
}

/// A page of memory before one that cannot be touched.
struct Edge(*mut u8);

const PAGE: usize = 4096;

impl Edge {
    fn new() -> Self {
        // SAFETY: new memory at a place of the kernel's choice, of which the second page is closed at once.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let start =
                libc::mmap(ptr::null_mut(), 2 * PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(start.byte_add(PAGE), PAGE, libc::PROT_NONE), 0);
            Self(start.cast())
        }
    }

    /// The last bytes that can be touched.
    fn last(&self, bytes: &[u8]) -> *mut u8 {
        // SAFETY: on the page that is open, since there are at most 64 bytes.
        unsafe {
            let place = self.0.add(PAGE - bytes.len());
            ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len());
            place
        }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        // SAFETY: these are the two pages that `new` was given, and nothing refers to them.
        unsafe { libc::munmap(self.0.cast(), 2 * PAGE) };
    }
}

#[test]
fn lanes_that_are_masked_may_lie_where_nothing_can_be_touched() {
    if !instructions_run() {
        return;
    }
    let edge = Edge::new();
    let mut numbers = Numbers(0xED6E);
    for count in 0..=32_usize {
        let random = Before::random(&mut numbers);
        // The first `count` words, all of the open page that there is.
        let before = Before { mask: (1 << count) - 1, ..random };
        let place = edge.last(&before.last[..2 * count]);
        assert_eq!(
            executed!(before, "vpshldvw zmm17 {{k3}}, zmm30, [{m}]", m = in(reg) place,),
            expected("VPSHLDVW", 64, Masking::Merging, &before)
        );
        assert_eq!(
            executed!(before, "vpexpandw zmm17 {{k3}}, [{m}]", m = in(reg) place,),
            expected("VPEXPANDW", 64, Masking::Merging, &before)
        );
        executed!(before, "vpcompressw [{m}] {{k3}}, zmm17", m = in(reg) place,);
        // SAFETY: the open page has these bytes, and the instruction has written them.
        let written = unsafe { std::slice::from_raw_parts(place, 2 * count) };
        assert_eq!(written, &before.destination[..2 * count]);
    }
}
