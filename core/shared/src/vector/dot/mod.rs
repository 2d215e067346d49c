//! One query against every row: exact sums of products, `-128` included.
//!
//! A module a kernel; `rows` is what the vector kernels share. Two differ from the paths of [`Path`] by one more extension of the processor, whose instruction
//! multiplies and adds four bytes at once: AVX-512 VNNI, and the dot products of 64-bit ARM.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod dotprod;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
mod rows;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod vnni;

use super::{VectorError, check_dimensions, check_length};
use crate::text::dispatch::Path;

/// Writes the dot product of `query` with each row of `rows` to `scores`: exact, whatever the numbers.
///
/// `query.len()` is the number of dimensions; `rows` holds `scores.len()` rows of so many, one behind the other, at any
/// address. Linear in `rows`, at the speed of memory once they are beyond the caches.
///
/// ```
/// use writemagic_shared::vector::dot_i8;
///
/// let query = [1_i8; 16];
/// let rows = [[2_i8; 16], [-3; 16]].concat();
/// let mut scores = [0; 2];
/// dot_i8(&query, &rows, &mut scores)?;
/// assert_eq!(scores, [32, -48]);
/// # Ok::<(), writemagic_shared::vector::VectorError>(())
/// ```
///
/// # Errors
/// [`VectorError::Dimensions`] and [`VectorError::Length`]; nothing is written then.
pub fn dot_i8(query: &[i8], rows: &[i8], scores: &mut [i32]) -> Result<(), VectorError> {
    dot_with(Kernel::of(Path::current()), query, rows, scores)
}

pub(super) fn dot_with(
    kernel: Kernel,
    query: &[i8],
    rows: &[i8],
    scores: &mut [i32],
) -> Result<(), VectorError> {
    check_dimensions(query.len())?;
    check_length(rows.len(), query.len().checked_mul(scores.len()))?;
    kernel.dot(query, rows, scores);
    Ok(())
}

/// What computes the products.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kernel {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Kernel),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Kernel),
    #[cfg(target_arch = "x86_64")]
    Vnni(vnni::Kernel),
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    Neon(neon::Kernel),
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    DotProduct(dotprod::Kernel),
}

impl Kernel {
    /// The fastest kernel of a path on this processor.
    pub(super) fn of(path: Path) -> Self {
        let kernel = match path {
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => avx2::Kernel::new().map(Kernel::Avx2),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 | Path::Avx512Bw => {
                vnni::Kernel::new().map(Kernel::Vnni).or_else(|| avx512::Kernel::new().map(Kernel::Avx512))
            }
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Path::Neon => dotprod::Kernel::new()
                .map(Kernel::DotProduct)
                .or_else(|| neon::Kernel::new().map(Kernel::Neon)),
            _ => None,
        };
        kernel.unwrap_or(Kernel::Scalar)
    }

    /// Every kernel that this processor runs, those included that a better one stands in front of.
    #[cfg(test)]
    pub(super) fn available() -> Vec<Self> {
        let mut kernels = vec![Kernel::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            kernels.extend(avx2::Kernel::new().map(Kernel::Avx2));
            kernels.extend(avx512::Kernel::new().map(Kernel::Avx512));
            kernels.extend(vnni::Kernel::new().map(Kernel::Vnni));
        }
        #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
        {
            kernels.extend(neon::Kernel::new().map(Kernel::Neon));
            kernels.extend(dotprod::Kernel::new().map(Kernel::DotProduct));
        }
        kernels
    }

    /// Lengths are checked: `rows` holds `scores.len()` rows of `query.len()` dimensions, which kernels take.
    fn dot(self, query: &[i8], rows: &[i8], scores: &mut [i32]) {
        match self {
            Kernel::Scalar => scalar::dot(query, rows, scores),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(kernel) => kernel.dot(query, rows, scores),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512(kernel) => kernel.dot(query, rows, scores),
            #[cfg(target_arch = "x86_64")]
            Kernel::Vnni(kernel) => kernel.dot(query, rows, scores),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kernel::Neon(kernel) => kernel.dot(query, rows, scores),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kernel::DotProduct(kernel) => kernel.dot(query, rows, scores),
        }
    }
}
