//! Varints and columns: what was written is read again, and whatever else is read is refused or bounded.

use proptest::prelude::*;

use super::*;

/// Numbers of every length, small ones more often, as columns have them.
fn any_number() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..0x80_u64,
        3 => 0x80..0x4000_u64,
        1 => (any::<u64>(), 0..64_u32).prop_map(|(value, shift)| value >> shift),
        1 => (0..64_u32, 0..3_u64).prop_map(|(bit, around)| (1 << bit) - 1_u64.min(1 << bit) + around),
    ]
}

fn any_column() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        prop::collection::vec(any_number(), 0..100),
        prop::collection::vec(0..0x80_u64, 0..60),
        prop::collection::vec(0..0x4000_u64, 0..60),
    ]
}

/// Bytes such as varints have, with more bytes to a number than it needs, and numbers that are too long.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![any::<u8>(), 0..0x80_u8, Just(0x80), Just(0xFF), Just(0), Just(1)];
    prop::collection::vec(byte, 0..80)
}

fn one_by_one(bytes: &[u8], count: usize) -> (Vec<u64>, Result<usize, DecodeError>) {
    let (mut values, mut reader) = (Vec::new(), Plain(bytes));
    while values.len() < count {
        match reader.varint() {
            Ok(value) => values.push(value),
            Err(error) => return (values, Err(error)),
        }
    }
    (values, Ok(bytes.len() - reader.0.len()))
}

/// The definition of a varint, byte by byte: what every faster reader must agree with.
struct Plain<'a>(&'a [u8]);

impl Plain<'_> {
    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0_u128;
        for place in 0..10 {
            let (byte, rest) = self.0.split_first().ok_or(DecodeError::Truncated)?;
            self.0 = rest;
            value |= u128::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return u64::try_from(value).map_err(|_| DecodeError::Overlong);
            }
        }
        Err(DecodeError::Overlong)
    }
}

#[test]
fn bad_varints_are_refused() {
    assert_eq!(Reader::new(&[]).varint(), Err(DecodeError::Truncated));
    assert_eq!(Reader::new(&[0x80; 9]).varint(), Err(DecodeError::Truncated));
    assert_eq!(Reader::new(&[0x80; 11]).varint(), Err(DecodeError::Overlong));
    let over = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2];
    assert_eq!(Reader::new(&over).varint(), Err(DecodeError::Overlong));
    assert_eq!(Reader::new(&[11]).varint_up_to(10), Err(DecodeError::OutOfRange));
    assert_eq!(Reader::new(&[10]).varint_up_to(10), Ok(10));
    assert_eq!(Reader::new(b"abc").bytes(4), Err(DecodeError::Truncated));
    assert_eq!(Reader::new(b"abc").bytes(u64::MAX), Err(DecodeError::Truncated));
}

#[test]
fn a_number_takes_a_byte_for_each_seven_bits() {
    for (value, length) in
        [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u64::MAX >> 1, 9), (u64::MAX, 10)]
    {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value);
        assert_eq!(bytes.len(), length, "{value}");
        assert_eq!(Reader::new(&bytes).varint(), Ok(value));
    }
}

#[test]
fn a_claimed_count_is_not_believed() {
    let bytes = [1, 2, 3];
    for count in [4, 1 << 32, u64::MAX] {
        let (mut reader, mut values) = (Reader::new(&bytes), vec![9]);
        assert_eq!(reader.varints(count, &mut values), Err(DecodeError::Truncated));
        assert_eq!((reader.rest(), values.as_slice()), (bytes.as_slice(), [9].as_slice()));
        assert!(values.capacity() < 16);
    }
    let mut values = Vec::new();
    Reader::new(&bytes).varints(3, &mut values).unwrap();
    assert_eq!(values, bytes.map(u64::from));
}

#[test]
fn zigzag_keeps_small_numbers_of_either_sign_small() {
    assert_eq!([0, -1, 1, -2, 2].map(zigzag), [0, 1, 2, 3, 4]);
    assert_eq!([i64::MIN, i64::MAX].map(|value| unzigzag(zigzag(value))), [i64::MIN, i64::MAX]);
}

#[test]
fn deltas_stop_at_the_bounds_of_the_caller() {
    let mut bytes = Vec::new();
    put_deltas(&mut bytes, [5, 0, -3, 9]);
    let read = |bounds| Deltas::new(&bytes, bounds).collect::<Vec<_>>();
    assert_eq!(read(-3..=9), [Ok(5), Ok(0), Ok(-3), Ok(9)]);
    assert_eq!(read(-3..=8), [Ok(5), Ok(0), Ok(-3), Err(DecodeError::OutOfRange)]);
    assert_eq!(read(-2..=9), [Ok(5), Ok(0), Err(DecodeError::OutOfRange)]);
}

#[test]
fn ascending_numbers_stop_at_the_bound_of_the_caller_and_never_wrap() {
    let mut bytes = Vec::new();
    put_ascending(&mut bytes, [5, 5, 7]).unwrap();
    assert_eq!(bytes, [5, 0, 2]);
    let read = |max| Ascending::new(&bytes, max).collect::<Vec<_>>();
    assert_eq!(read(7), [Ok(5), Ok(5), Ok(7)]);
    assert_eq!(read(6), [Ok(5), Ok(5), Err(DecodeError::OutOfRange)]);

    let mut bytes = Vec::new();
    put_varints(&mut bytes, &[u64::MAX, 1]);
    let read: Vec<_> = Ascending::new(&bytes, u64::MAX).collect();
    assert_eq!(read, [Ok(u64::MAX), Err(DecodeError::OutOfRange)]);
}

#[test]
fn a_descending_number_leaves_no_half_written_column() {
    let mut bytes = vec![7];
    assert_eq!(put_ascending(&mut bytes, [1, 3, 2]), Err(Descends));
    assert_eq!(bytes, [7]);
}

#[test]
fn equal_values_that_follow_each_other_are_one_run() {
    let mut bytes = Vec::new();
    let mut writer = RunWriter::new(&mut bytes);
    for (value, length) in [(3, 2), (3, 5), (3, 0), (0, 1), (9, 0), (0, 1)] {
        writer.push(value, length);
    }
    writer.finish();
    assert_eq!(bytes, [3, 7, 0, 2]);
    let mut full = Vec::new();
    let mut writer = RunWriter::new(&mut full);
    writer.push(1, u64::MAX);
    writer.push(1, 1);
    writer.finish();
    assert_eq!(Runs::new(&full[..11], u64::MAX).next(), Some(Ok(Run { value: 1, length: u64::MAX })));
    assert_eq!(&full[11..], [1, 1]);
}

#[test]
fn runs_cover_exactly_what_the_caller_expects() {
    let read = |bytes: &[u8], total| Runs::new(bytes, total).collect::<Result<Vec<_>, _>>();
    assert_eq!(read(&[], 0), Ok(vec![]));
    assert_eq!(read(&[4, 2, 5, 1], 3), Ok(vec![Run { value: 4, length: 2 }, Run { value: 5, length: 1 }]));
    assert_eq!(read(&[4, 2, 5, 1], 4), Err(DecodeError::Truncated));
    assert_eq!(read(&[4, 2, 5, 1], 2), Err(DecodeError::OutOfRange));
    assert_eq!(read(&[4, 2, 5], 3), Err(DecodeError::Truncated));
    assert_eq!(read(&[4, 0], 0), Err(DecodeError::EmptyRun));
    assert_eq!(read(&[4, 0, 4, 1], 1), Err(DecodeError::EmptyRun));
}

#[test]
fn a_claimed_run_of_2_to_the_60_is_one_item_or_one_error() {
    let mut bytes = Vec::new();
    put_varints(&mut bytes, &[7, 1 << 60]);
    assert_eq!(Runs::new(&bytes, 1 << 60).collect::<Vec<_>>(), [Ok(Run { value: 7, length: 1 << 60 })]);
    assert_eq!(Runs::new(&bytes, 1 << 30).collect::<Vec<_>>(), [Err(DecodeError::OutOfRange)]);
}

proptest! {
    #[test]
    fn columns_survive_a_round_trip_and_are_written_as_one_by_one(values in any_column(), behind in any_bytes()) {
        let mut single = Vec::new();
        values.iter().for_each(|value| put_varint(&mut single, *value));
        let mut bytes = Vec::new();
        put_varints(&mut bytes, &values);
        prop_assert_eq!(&bytes, &single);

        bytes.extend_from_slice(&behind);
        let (mut reader, mut read) = (Reader::new(&bytes), Vec::new());
        prop_assert_eq!(reader.varints(values.len() as u64, &mut read), Ok(()));
        prop_assert_eq!(read, values);
        prop_assert_eq!(reader.rest(), behind);
    }

    #[test]
    fn columns_of_any_bytes_at_any_alignment_are_what_the_definition_says(bytes in any_bytes(), count in 0..90_usize) {
        for start in 0..bytes.len().min(9) {
            let bytes = &bytes[start..];
            let (expected, end) = one_by_one(bytes, count.min(bytes.len() + 1));
            let (mut reader, mut values) = (Reader::new(bytes), Vec::new());
            let result = reader.varints(count as u64, &mut values);
            match end {
                Ok(end) => {
                    prop_assert_eq!(result, Ok(()));
                    prop_assert_eq!(values, expected);
                    prop_assert_eq!(reader.rest(), &bytes[end..]);
                }
                Err(error) => {
                    // A count beyond the bytes is refused before they are looked at.
                    let error = if count > bytes.len() { DecodeError::Truncated } else { error };
                    prop_assert_eq!(result, Err(error));
                    prop_assert_eq!((values.len(), reader.rest()), (0, bytes));
                }
            }
        }
    }

    #[test]
    fn single_numbers_of_any_bytes_are_what_the_definition_says(bytes in any_bytes(), max: u64) {
        let mut reader = Reader::new(&bytes);
        loop {
            let before = reader.rest();
            let mut plain = Plain(before);
            let expected = plain.varint();
            let mut bounded = reader;
            prop_assert_eq!(reader.varint(), expected);
            let fits = expected.and_then(|value| if value <= max { Ok(value) } else { Err(DecodeError::OutOfRange) });
            prop_assert_eq!(bounded.varint_up_to(max), fits);
            prop_assert_eq!(bounded.rest().len(), if fits.is_ok() { plain.0.len() } else { before.len() });
            if expected.is_err() {
                prop_assert_eq!(reader.rest(), before);
                break;
            }
            prop_assert_eq!(reader.rest(), plain.0);
        }
        let left = reader.rest().len() as u64;
        prop_assert!(reader.bytes(left + 1).is_err());
        prop_assert!(reader.bytes(left).is_ok() && reader.is_empty());
    }

    #[test]
    fn deltas_survive_a_round_trip(values: Vec<i64>) {
        let mut bytes = Vec::new();
        put_deltas(&mut bytes, values.iter().copied());
        let read: Result<Vec<i64>, _> = Deltas::new(&bytes, i64::MIN..=i64::MAX).collect();
        prop_assert_eq!(read, Ok(values));
    }

    #[test]
    fn ascending_columns_survive_a_round_trip(mut values: Vec<u64>) {
        values.sort_unstable();
        let mut bytes = Vec::new();
        put_ascending(&mut bytes, values.iter().copied()).unwrap();
        let read: Result<Vec<u64>, _> = Ascending::new(&bytes, u64::MAX).collect();
        prop_assert_eq!(read, Ok(values));
    }

    #[test]
    fn runs_survive_a_round_trip(runs in prop::collection::vec((0..3_u64, 0..50_u64), 0..40)) {
        let mut bytes = Vec::new();
        let mut writer = RunWriter::new(&mut bytes);
        runs.iter().for_each(|(value, length)| writer.push(*value, *length));
        writer.finish();
        let expand = |runs: &[(u64, u64)]| -> Vec<u64> {
            runs.iter().flat_map(|(value, length)| std::iter::repeat_n(*value, *length as usize)).collect()
        };
        let expected = expand(&runs);
        let read: Result<Vec<Run>, _> = Runs::new(&bytes, expected.len() as u64).collect();
        let read: Vec<_> = read.unwrap().iter().map(|run| (run.value, run.length)).collect();
        prop_assert!(read.windows(2).all(|pair| pair[0].0 != pair[1].0));
        prop_assert_eq!(expand(&read), expected);
    }

    #[test]
    fn columns_of_any_bytes_end_within_their_bytes_and_their_bounds(bytes in any_bytes(), bound: u64) {
        let low = -(bound as i64 >> 1).abs();
        let deltas: Vec<_> = Deltas::new(&bytes, low..=0).collect();
        prop_assert!(deltas.len() <= bytes.len());
        prop_assert!(deltas.iter().flatten().all(|value| (low..=0).contains(value)));
        let ascending: Vec<_> = Ascending::new(&bytes, bound).collect();
        prop_assert!(ascending.len() <= bytes.len());
        prop_assert!(ascending.iter().flatten().is_sorted());
        prop_assert!(ascending.iter().flatten().all(|value| *value <= bound));
        let runs: Vec<_> = Runs::new(&bytes, bound).collect();
        prop_assert!(runs.len() <= bytes.len() / 2 + 1);
        let covered: u64 = runs.iter().flatten().map(|run| run.length).sum();
        prop_assert!(covered <= bound && runs.iter().flatten().all(|run| run.length > 0));
        prop_assert!(covered == bound || runs.last().is_some_and(|run| run.is_err()));
        // An error is the last thing that a column gives.
        prop_assert!(deltas.iter().rev().skip(1).all(|value| value.is_ok()));
        prop_assert!(ascending.iter().rev().skip(1).all(|value| value.is_ok()));
        prop_assert!(runs.iter().rev().skip(1).all(|run| run.is_ok()));
    }
}
