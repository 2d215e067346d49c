//! The registers of the interrupted program: where the kernel has put them for a signal handler, and takes them
//! from again when it returns.
//!
//! Vector and mask registers lie in an XSAVE area in the standard format. A component whose bit in XSTATE_BV is
//! clear is in its first state, all zero, whatever its bytes are.
#![allow(unsafe_code, reason = "a signal handler is given its registers by address")]

use std::arch::x86_64::__cpuid_count;
use std::ops::Range;
use std::slice;
use std::sync::OnceLock;

use libc::c_void;

use crate::decode::{Address, Base};
use crate::lanes::Vector;

/// Where the processor puts the components of the XSAVE area that have no fixed place.
#[derive(Debug)]
struct Layout {
    avx: usize,
    masks: usize,
    zmm_upper: usize,
    zmm_high: usize,
}

/// A component of the XSAVE area: registers of equal size.
#[derive(Clone, Copy)]
struct Component {
    /// Its bit in XSTATE_BV.
    bit: u32,
    offset: usize,
    /// Bytes of one register.
    size: usize,
    registers: usize,
}

impl Component {
    fn bytes(self) -> Range<usize> {
        self.offset..self.offset + self.size * self.registers
    }
}

impl Layout {
    /// The low 16 bytes of the registers 0 to 15.
    const XMM: Component = Component { bit: 1, offset: 160, size: 16, registers: 16 };

    /// Bytes 16 to 31 of the registers 0 to 15.
    fn ymm_upper(&self) -> Component {
        Component { bit: 2, offset: self.avx, size: 16, registers: 16 }
    }

    fn masks(&self) -> Component {
        Component { bit: 5, offset: self.masks, size: 8, registers: 8 }
    }

    /// Bytes 32 to 63 of the registers 0 to 15.
    fn zmm_upper(&self) -> Component {
        Component { bit: 6, offset: self.zmm_upper, size: 32, registers: 16 }
    }

    /// The registers 16 to 31.
    fn zmm_high(&self) -> Component {
        Component { bit: 7, offset: self.zmm_high, size: 64, registers: 16 }
    }

    fn all(&self) -> [Component; 5] {
        [Self::XMM, self.ymm_upper(), self.masks(), self.zmm_upper(), self.zmm_high()]
    }

    /// The components that a vector register consists of, its number in each, and which of its bytes those are.
    fn pieces(&self, register: usize) -> ([(Component, Range<usize>); 3], usize) {
        if register < 16 {
            ([(Self::XMM, 0..16), (self.ymm_upper(), 16..32), (self.zmm_upper(), 32..64)], register)
        } else {
            ([(self.zmm_high(), 0..64), (Self::XMM, 0..0), (Self::XMM, 0..0)], register - 16)
        }
    }
}

static LAYOUT: OnceLock<Layout> = OnceLock::new();

/// Finds out where registers are saved; `false` where the processor or the system keeps no AVX-512 registers.
///
/// Needs CPUID, so it must come before programs are kept from it.
pub(crate) fn learn_layout() -> bool {
    const XSAVE_LEAF: u32 = 0xD;
    // With AVX, the three parts of AVX-512 and SSE.
    const NEEDED: u32 = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7;
    let known = __cpuid_count(0, 0).eax >= XSAVE_LEAF;
    if !known || __cpuid_count(XSAVE_LEAF, 0).eax & NEEDED != NEEDED {
        return false;
    }
    let offset = |component| __cpuid_count(XSAVE_LEAF, component).ebx as usize;
    LAYOUT.get_or_init(|| Layout {
        avx: offset(2),
        masks: offset(5),
        zmm_upper: offset(6),
        zmm_high: offset(7),
    });
    true
}

/// The registers of a program that a signal has interrupted.
pub(crate) struct Frame<'a> {
    general: &'a mut [i64; 23],
    area: &'a mut [u8],
    layout: &'static Layout,
}

/// Where the kernel describes the XSAVE area: a magic number, then the area's size at [`AREA_SIZE`].
const MAGIC: Range<usize> = 464..468;
const FP_XSTATE_MAGIC1: u32 = 0x4650_5853;
const AREA_SIZE: Range<usize> = 480..484;
/// The part of the area that every processor has.
const LEGACY: usize = 512;
const XSTATE_BV: Range<usize> = 512..520;

impl<'a> Frame<'a> {
    /// The registers at `context`; `None` where it has no AVX-512 registers, or [`learn_layout`] was not called.
    ///
    /// # Safety
    /// `context` is what the kernel has given a handler with `SA_SIGINFO`, and nothing else refers to what it
    /// has while the frame lives.
    pub(crate) unsafe fn new(context: *mut c_void) -> Option<Self> {
        let layout = LAYOUT.get()?;
        // SAFETY: the caller promises a context of the kernel's that is ours alone.
        let machine = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext };
        let area = machine.fpregs.cast::<u8>();
        if area.is_null() {
            return None;
        }
        // SAFETY: where there is an area it has at least the legacy part.
        let legacy = unsafe { slice::from_raw_parts(area, LEGACY) };
        let number = |at: Range<usize>| legacy[at].iter().rev().fold(0, |n, byte| n << 8 | u32::from(*byte));
        if number(MAGIC) != FP_XSTATE_MAGIC1 {
            return None;
        }
        // SAFETY: the magic number says that the area has the size that stands beside it; the caller promises
        // that it is ours alone.
        let area = unsafe { slice::from_raw_parts_mut(area, number(AREA_SIZE) as usize) };
        let whole = layout.all().into_iter().all(|component| component.bytes().end <= area.len());
        whole.then_some(Self { general: &mut machine.gregs, area, layout })
    }

    fn is_in_use(&self, component: Component) -> bool {
        let byte = XSTATE_BV.start + component.bit as usize / 8;
        self.area[byte] >> (component.bit % 8) & 1 != 0
    }

    fn load(&self, component: Component, register: usize, to: &mut [u8]) {
        if self.is_in_use(component) {
            to.copy_from_slice(&self.area[component.bytes()][register * component.size..][..to.len()]);
        } else {
            to.fill(0);
        }
    }

    fn store(&mut self, component: Component, register: usize, from: &[u8]) {
        if !self.is_in_use(component) {
            self.area[component.bytes()].fill(0);
            self.area[XSTATE_BV.start + component.bit as usize / 8] |= 1 << (component.bit % 8);
        }
        self.area[component.bytes()][register * component.size..][..from.len()].copy_from_slice(from);
    }

    /// A vector register, 0 to 31.
    pub(crate) fn vector(&self, register: usize) -> Vector {
        let mut vector = [0; 64];
        let (pieces, register) = self.layout.pieces(register);
        for (component, bytes) in pieces {
            self.load(component, register, &mut vector[bytes]);
        }
        vector
    }

    /// Writes a vector register, 0 to 31.
    pub(crate) fn set_vector(&mut self, register: usize, vector: &Vector) {
        let (pieces, register) = self.layout.pieces(register);
        for (component, bytes) in pieces {
            if !bytes.is_empty() {
                self.store(component, register, &vector[bytes]);
            }
        }
    }

    /// A mask register, 0 to 7.
    pub(crate) fn mask(&self, register: usize) -> u64 {
        let mut bytes = [0; 8];
        self.load(self.layout.masks(), register, &mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Where the instruction stands that raised the signal.
    pub(crate) fn instruction(&self) -> usize {
        self.general[libc::REG_RIP as usize] as usize
    }

    /// Steps over the instruction of `length` bytes.
    pub(crate) fn advance(&mut self, length: usize) {
        self.general[libc::REG_RIP as usize] += length as i64;
    }

    /// A general register by its number in instructions, 0 to 15.
    fn general(&self, register: usize) -> usize {
        use libc::{REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
        use libc::{REG_RAX, REG_RBP, REG_RBX, REG_RCX, REG_RDI, REG_RDX, REG_RSI, REG_RSP};
        const PLACES: [i32; 16] = [
            REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10,
            REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
        ];
        self.general[PLACES[register] as usize] as usize
    }

    /// The address that an operand of the instruction of `length` bytes names.
    pub(crate) fn address(&self, address: Address, length: usize) -> usize {
        let base = match address.base {
            Base::None => 0,
            Base::General(register) => self.general(register),
            Base::Next => self.instruction().wrapping_add(length),
        };
        let index = address.index.map_or(0, |(register, shift)| self.general(register) << shift);
        base.wrapping_add(index).wrapping_add_signed(address.displacement as isize)
    }

    /// What CPUID is asked for: EAX and ECX.
    pub(crate) fn question(&self) -> (u32, u32) {
        (self.general(0) as u32, self.general(1) as u32)
    }

    /// What CPUID answers: EAX, EBX, ECX and EDX, whose upper halves become zero.
    pub(crate) fn answer(&mut self, registers: [u32; 4]) {
        let places = [libc::REG_RAX, libc::REG_RBX, libc::REG_RCX, libc::REG_RDX];
        for (place, value) in places.into_iter().zip(registers) {
            self.general[place as usize] = i64::from(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static COMPACT: Layout = Layout { avx: 576, masks: 832, zmm_upper: 896, zmm_high: 1408 };

    #[test]
    fn a_component_that_is_not_in_use_is_zero_until_one_of_its_registers_is_written() {
        let mut area = vec![0xEE; 2432];
        area[XSTATE_BV].fill(0);
        let mut frame = Frame { general: &mut [0; 23], area: &mut area, layout: &COMPACT };
        assert_eq!((frame.vector(3), frame.vector(31), frame.mask(5)), ([0; 64], [0; 64], 0));

        let (low, high) = (std::array::from_fn(|n| n as u8), [7; 64]);
        frame.set_vector(3, &low);
        frame.set_vector(31, &high);
        assert_eq!((frame.vector(3), frame.vector(31)), (low, high));
        assert_eq!((frame.vector(2), frame.vector(30), frame.mask(5)), ([0; 64], [0; 64], 0));
        assert_eq!(frame.area[XSTATE_BV.start], 1 << 1 | 1 << 2 | 1 << 6 | 1 << 7);
    }

    #[test]
    fn a_vector_is_put_together_from_its_components() {
        let mut area = vec![0; 2432];
        area[XSTATE_BV.start] = 0xFF;
        area[160 + 15 * 16] = 1;
        area[576 + 15 * 16] = 2;
        area[896 + 15 * 32] = 3;
        area[1408..1408 + 64].fill(4);
        area[832 + 8..832 + 16].fill(5);
        let frame = Frame { general: &mut [0; 23], area: &mut area, layout: &COMPACT };
        let bytes = frame.vector(15);
        assert_eq!(
            (bytes[0], bytes[16], bytes[32], bytes.iter().filter(|byte| **byte != 0).count()),
            (1, 2, 3, 3)
        );
        assert_eq!(frame.vector(16), [4; 64]);
        assert_eq!(frame.mask(1), 0x0505_0505_0505_0505);
    }

    #[test]
    fn an_address_is_the_sum_of_its_parts_and_wraps_around() {
        let mut general = [0; 23];
        general[libc::REG_RIP as usize] = 0x1000;
        general[libc::REG_RSP as usize] = 0x20;
        general[libc::REG_R13 as usize] = 0x300;
        let frame = Frame { general: &mut general, area: &mut [], layout: &COMPACT };
        let address =
            |base, index, displacement| frame.address(Address { base, index, displacement }, 11) as isize;
        assert_eq!(address(Base::Next, None, -1), 0x100A);
        assert_eq!(address(Base::General(4), Some((13, 3)), 5), 0x1825);
        assert_eq!(address(Base::General(4), None, -0x21), -1);
        assert_eq!(address(Base::None, Some((13, 0)), 0), 0x300);
    }
}
