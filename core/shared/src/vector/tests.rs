//! Every path against the scalar twin, and the twin against plain descriptions.

use proptest::prelude::*;

use super::accumulate::add_scaled_on;
use super::bits::hamming_on;
use super::dot::{Kernel, dot_with};
use super::norm::{norm_on, normalise_on};
use super::quantise::quantise_on;
use super::*;
use crate::text::dispatch::Path;

/// What differs between rows: any number, or mostly those at the ends.
const EXTREMES: [i8; 6] = [i8::MIN, -127, -1, 0, 1, i8::MAX];

/// Numbers that look random: proptest would take long over thousands of its own.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        self.0 >> 33
    }

    fn bytes(&mut self, count: usize, extreme: bool) -> Vec<i8> {
        let mut byte = || match extreme {
            true => EXTREMES[self.next() as usize % EXTREMES.len()],
            false => self.next() as i8,
        };
        (0..count).map(|_| byte()).collect()
    }

    /// Of all sizes, or close together.
    fn floats(&mut self, count: usize, wild: bool) -> Vec<f32> {
        let mut float = || {
            let tame = (self.next() as i32 as f32) / 1e9 - 1.0;
            match wild {
                true => tame * 10_f32.powi(self.next() as i32 % 37 - 18),
                false => tame,
            }
        };
        (0..count).map(|_| float()).collect()
    }
}

fn expected(query: &[i8], rows: &[i8]) -> Vec<i32> {
    let product = |row: &[i8]| query.iter().zip(row).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum::<i64>();
    rows.chunks(query.len()).map(|row| i32::try_from(product(row)).unwrap()).collect()
}

fn dot(kernel: Kernel, query: &[i8], rows: &[i8]) -> Vec<i32> {
    let mut scores = vec![i32::MIN; rows.len() / query.len()];
    dot_with(kernel, query, rows, &mut scores).unwrap();
    scores
}

proptest! {
    #[test]
    fn every_kernel_gives_the_exact_dot_products(
        steps in 1..=64_usize,
        rows in 0..11_usize,
        shift in 0..64_usize,
        seed: u64,
        extreme: bool,
    ) {
        let dimensions = steps * DIMENSION_STEP;
        let mut numbers = Numbers(seed);
        let query = numbers.bytes(dimensions + shift, extreme);
        let matrix = numbers.bytes(dimensions * rows + shift, extreme);
        let (query, matrix) = (&query[shift..], &matrix[shift..]);
        let expected = expected(query, matrix);
        for kernel in Kernel::available() {
            prop_assert_eq!(&dot(kernel, query, matrix), &expected, "{:?}", kernel);
        }
    }

    #[test]
    fn every_path_adds_scaled_rows_to_the_same_bits(length in 0..300_usize, shift in 0..64_usize, seed: u64) {
        let mut numbers = Numbers(seed);
        let row = numbers.bytes(length + shift, false);
        let before = numbers.floats(length, true);
        let scale = numbers.floats(1, true)[0];
        let expected: Vec<u32> = before
            .iter()
            .zip(&row[shift..])
            .map(|(sum, number)| { let product = f32::from(*number) * scale; (sum + product).to_bits() })
            .collect();
        for path in Path::available() {
            let mut sum = before.clone();
            add_scaled_on(path, &row[shift..], scale, &mut sum).unwrap();
            let bits: Vec<u32> = sum.iter().map(|number| number.to_bits()).collect();
            prop_assert_eq!(&bits, &expected, "{:?}", path);
        }
    }

    #[test]
    fn every_path_quantises_alike_and_within_half_a_step(
        length in 0..300_usize,
        shift in 0..16_usize,
        seed: u64,
        wild: bool,
    ) {
        let vector = Numbers(seed).floats(length + shift, wild);
        let vector = &vector[shift..];
        let mut expected = vec![1; length];
        let scale = quantise_on(Path::Scalar, vector, &mut expected).unwrap();
        for (number, quantised) in vector.iter().zip(&expected) {
            let exact = f64::from(*number) / f64::from(scale);
            prop_assert!((exact - f64::from(*quantised)).abs() < 0.500_01, "{} is not {}", exact, quantised);
        }
        prop_assert_eq!(expected.iter().map(|number| number.unsigned_abs()).max().unwrap_or(127), 127);
        for path in Path::available() {
            let mut quantised = vec![1; length];
            let found = quantise_on(path, vector, &mut quantised).unwrap();
            prop_assert_eq!(found.to_bits(), scale.to_bits());
            prop_assert_eq!(&quantised, &expected, "{:?}", path);
        }
    }

    #[test]
    fn every_path_gives_a_vector_the_same_length(
        length in 0..300_usize,
        shift in 0..16_usize,
        seed: u64,
        wild: bool,
    ) {
        let vector = Numbers(seed).floats(length + shift, wild);
        let vector = &vector[shift..];
        let expected = norm_on(Path::Scalar, vector);
        let naive = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        prop_assert!((expected - naive).abs() <= naive * 1e-12);
        let mut unit = vector.to_vec();
        normalise_on(Path::Scalar, &mut unit);
        prop_assert!(length == 0 || (norm(&unit) - 1.0).abs() < 1e-5);
        for path in Path::available() {
            prop_assert_eq!(norm_on(path, vector).to_bits(), expected.to_bits(), "{:?}", path);
            let mut divided = vector.to_vec();
            prop_assert_eq!(normalise_on(path, &mut divided).to_bits(), expected.to_bits());
            let bits = |vector: &[f32]| vector.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&divided), bits(&unit), "{:?}", path);
        }
    }

    #[test]
    fn every_path_counts_the_bits_that_differ(
        steps in 1..=64_usize,
        rows in 0..9_usize,
        shift in 0..16_usize,
        seed: u64,
    ) {
        let bytes = steps * DIMENSION_STEP / 8;
        let random = Numbers(seed).bytes(bytes * (rows + 1) + shift, false);
        let random: Vec<u8> = random[shift..].iter().map(|byte| *byte as u8).collect();
        let (query, rows) = random.split_at(bytes);
        let bit = |bytes: &[u8], n: usize| bytes[n / 8] >> (n % 8) & 1;
        let differing = |row: &[u8]| (0..bytes * 8).filter(|n| bit(query, *n) != bit(row, *n)).count() as u32;
        let expected: Vec<u32> = rows.chunks(bytes).map(differing).collect();
        for path in Path::available() {
            let mut distances = vec![u32::MAX; expected.len()];
            hamming_on(path, query, rows, &mut distances).unwrap();
            prop_assert_eq!(&distances, &expected, "{:?}", path);
        }
    }
}

#[test]
fn dot_products_of_the_largest_numbers_are_exact() {
    for dimensions in [16, 48, 64, 128, 256, 1008, 1024] {
        for a in EXTREMES {
            let query = vec![a; dimensions];
            let rows: Vec<i8> = EXTREMES.iter().flat_map(|b| vec![*b; dimensions]).collect();
            let expected = EXTREMES.map(|b| i32::from(a) * i32::from(b) * dimensions as i32);
            for kernel in Kernel::available() {
                assert_eq!(dot(kernel, &query, &rows), expected, "{kernel:?} {dimensions} {a}");
            }
        }
    }
}

#[test]
fn every_path_has_a_kernel_of_its_own() {
    let names: Vec<String> = Path::available().map(|path| format!("{:?}", Kernel::of(path))).collect();
    for (path, name) in Path::available().zip(&names) {
        assert_eq!(path == Path::Scalar, name == "Scalar", "{path:?}: {name}");
    }
    assert!(Kernel::available().len() >= names.len().min(2));
}

#[test]
fn dimensions_beyond_a_kernel_are_refused_and_nothing_is_written() {
    for dimensions in [0, 1, 8, 15, 17, 1032, 1040, 2048] {
        let (query, mut scores) = (vec![1; dimensions], [7; 1]);
        let refused = VectorError::Dimensions { dimensions: dimensions as u64 };
        assert_eq!(dot_i8(&query, &vec![1; dimensions], &mut scores), Err(refused));
        assert_eq!(signs(&vec![1.0; dimensions], &mut vec![0; dimensions / 8]), Err(refused));
        assert_eq!(scores, [7]);
        let code = if dimensions > 1024 { Code::LimitExceeded } else { Code::InvalidArgument };
        assert_eq!(refused.code(), code);
    }
    assert_eq!(dot_i8(&[1; 1024], &[1; 1024], &mut [0]), Ok(()));
    assert_eq!(hamming(&[0; 130], &[0; 130], &mut [0]), Err(VectorError::Dimensions { dimensions: 1040 }));
    assert_eq!(hamming(&[0; 1], &[0; 1], &mut [0]), Err(VectorError::Dimensions { dimensions: 8 }));
    assert_eq!(hamming(&[0; 128], &[0; 128], &mut [0]), Ok(()));
}

#[test]
fn lengths_that_contradict_each_other_are_refused() {
    let length = |expected, found| Err(VectorError::Length { expected, found });
    assert_eq!(dot_i8(&[1; 16], &[1; 33], &mut [0; 2]), length(32, 33));
    assert_eq!(dot_i8(&[1; 16], &[1; 16], &mut []), length(0, 16));
    assert_eq!(hamming(&[1; 2], &[1; 3], &mut [0; 2]), length(4, 3));
    assert_eq!(signs(&[1.0; 16], &mut [0; 3]), length(2, 3));
    assert_eq!(add_scaled(&[1; 3], 1.0, &mut [0.0; 4]), length(4, 3));
    assert_eq!(quantise(&[1.0; 3], &mut [0; 4]).map(drop), length(3, 4));
}

#[test]
fn halves_are_rounded_to_even_numbers() {
    let vector = [127.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, -126.5];
    let mut quantised = [1; 9];
    for path in Path::available() {
        assert_eq!(quantise_on(path, &vector, &mut quantised), Ok(1.0));
        assert_eq!(quantised, [127, 0, 2, 2, 0, -2, -2, 126, -126]);
    }
}

#[test]
fn vectors_without_a_scale_are_zeros_and_what_is_no_number_is_refused() {
    let mut quantised = [1; 20];
    for tiny in [0.0, -0.0, f32::from_bits(1), f32::MIN_POSITIVE] {
        assert_eq!(quantise(&[tiny; 20], &mut quantised), Ok(0.0));
        assert_eq!(quantised, [0; 20]);
    }
    assert!(quantise(&[f32::MIN_POSITIVE * 128.0; 20], &mut quantised).unwrap() > 0.0);
    assert_eq!(quantised, [127; 20]);
    assert!(quantise(&[f32::MIN; 20], &mut quantised).unwrap().is_finite());
    assert_eq!(quantised, [-127; 20]);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut vector = [1.0; 20];
        vector[19] = bad;
        for path in Path::available() {
            assert_eq!(quantise_on(path, &vector, &mut quantised), Err(VectorError::NotFinite));
        }
        assert_eq!(quantised, [-127; 20]);
    }
}

#[test]
fn vectors_without_a_direction_stay_as_they_are() {
    for vector in [[0.0; 5], [f32::INFINITY; 5]] {
        let mut same = vector;
        normalise(&mut same);
        assert_eq!(same, vector);
    }
    let mut large = [f32::MAX; 4];
    assert!(normalise(&mut large).is_finite());
    assert_eq!(large, [0.5; 4]);
    let mut small = [f32::from_bits(1); 4];
    normalise(&mut small);
    assert_eq!(small, [0.5; 4]);
}

#[test]
fn signs_are_the_bits_of_what_is_above_zero() {
    let mut vector = [-1.0; 16];
    (vector[0], vector[9], vector[10]) = (0.1, 3.0, 0.0);
    let mut bits = [0xFF; 2];
    signs(&vector, &mut bits).unwrap();
    assert_eq!(bits, [0b0000_0001, 0b0000_0010]);
}

#[test]
fn bytes_are_read_as_signed_numbers() {
    assert_eq!(as_signed(&[0, 1, 127, 128, 255]), [0, 1, 127, -128, -1]);
    assert!(as_signed(&[]).is_empty());
}
