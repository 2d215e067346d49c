//! How the classes of a character are found: through pages of 64 characters.

use super::tables::{PAGE_NUMBERS, PAGE_ROWS};

/// The class bytes of the 64 characters that share all but the last byte of their UTF-8, on one cache line.
#[repr(align(64))]
pub(crate) struct Page(pub(crate) [u8; 64]);

/// The number of the page that holds characters `64 * block ..= 64 * block + 63`; 0 beyond Unicode.
#[inline(always)]
pub(super) fn page_number(block: usize) -> usize {
    let row = PAGE_ROWS.get(block >> 6).copied().unwrap_or(0);
    PAGE_NUMBERS.get(usize::from(row) << 6 | block & 63).copied().unwrap_or(0).into()
}
