#![doc = include_str!("../README.md")]

pub mod image;
pub mod layout;

/// An image at an address that is a multiple of 64: a cache line, and the widest vector.
#[cfg(any(feature = "d64", feature = "d128", feature = "d256"))]
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

/// The image of so many dimensions that the build script has made.
#[cfg(any(feature = "d64", feature = "d128", feature = "d256"))]
macro_rules! image {
    ($name:literal) => {{
        const IMAGE: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $name)));
        &IMAGE.0
    }};
}

/// The table with 64 dimensions, 2.5 MiB.
#[cfg(feature = "d64")]
pub static TABLE_64: &[u8] = image!("table_64");

/// The table with 128 dimensions, 4.4 MiB: the one that search by meaning is tuned with.
#[cfg(feature = "d128")]
pub static TABLE_128: &[u8] = image!("table_128");

/// The table with 256 dimensions, 8.1 MiB.
#[cfg(feature = "d256")]
pub static TABLE_256: &[u8] = image!("table_256");
