//! How the class of a character is found: through pages of 64 characters.

use super::tables::{CLASS_PAGES, PAGE_NUMBERS, PAGE_ROWS};

/// The class bytes of the 64 characters that share all but the last byte of their UTF-8, on one cache line; or
/// something of each of the 64 classes.
#[repr(align(64))]
pub(crate) struct Page(pub(crate) [u8; 64]);

/// The number of the page that holds characters `64 * block ..= 64 * block + 63`; 0 beyond Unicode.
#[inline(always)]
pub(super) fn page_number(block: usize) -> usize {
    let row = PAGE_ROWS.get(block >> 6).copied().unwrap_or(0);
    PAGE_NUMBERS.get(usize::from(row) << 6 | block & 63).copied().unwrap_or(0).into()
}

/// The class byte of the character `64 * block + last`; only the low six bits of `last` count.
#[inline(always)]
pub(super) fn class_byte(block: usize, last: u8) -> u8 {
    CLASS_PAGES[page_number(block)].0[usize::from(last & 0x3F)]
}
