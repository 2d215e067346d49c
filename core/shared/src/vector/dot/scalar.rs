//! Products without vector instructions: the twin that the others are held against.

pub(super) fn dot(query: &[i8], rows: &[i8], scores: &mut [i32]) {
    for (row, score) in rows.chunks_exact(query.len()).zip(scores) {
        *score = query.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
    }
}
