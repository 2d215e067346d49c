//! What Android needs.

pub(crate) mod elf;
