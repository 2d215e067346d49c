//! Large texts over several threads.

use rayon::prelude::*;

use super::TextStats;

/// Bytes that are worth a thread of their own.
const SHARE: usize = 256 << 10;

impl TextStats {
    /// [`TextStats::of`] over the threads of the present `rayon` pool: for texts of megabytes.
    ///
    /// The text is cut behind line feeds, so a text that is one line is counted by one thread.
    pub fn of_parallel(text: &str) -> Self {
        if text.len() < 2 * SHARE {
            return Self::of(text);
        }
        shares(text, SHARE).into_par_iter().map(Self::of).sum()
    }
}

/// Cuts `text` behind line feeds into parts of about `size` bytes or, where lines are longer, more.
fn shares(text: &str, size: usize) -> Vec<&str> {
    let mut shares = Vec::with_capacity(text.len() / size + 1);
    let mut rest = text;
    while let Some(end) = rest.as_bytes().get(size..).and_then(|tail| memchr::memchr(b'\n', tail)) {
        let (share, tail) = rest.split_at(size + end + 1);
        shares.push(share);
        rest = tail;
    }
    shares.push(rest);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::stats::tests::texts;

    #[test]
    fn shares_end_behind_line_feeds_and_are_the_whole_text() {
        let text = "ab\r\ncd\n\n\u{1F600}ef\ng";
        for size in 1..=text.len() + 1 {
            let shares = shares(text, size);
            assert_eq!(shares.concat(), text);
            let (_, but_last) = shares.split_last().unwrap();
            assert!(but_last.iter().all(|share| share.ends_with('\n') && share.len() >= size));
        }
        assert_eq!(shares("", 4), [""]);
    }

    #[test]
    fn several_threads_count_what_one_counts() {
        let mut text: String = (0..200).map(texts::random).collect();
        while text.len() < 3 * SHARE {
            text += &text.clone();
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(|| TextStats::of_parallel(&text)), TextStats::of(&text));
        let one_line = text.replace('\n', " ");
        assert_eq!(TextStats::of_parallel(&one_line), TextStats::of(&one_line));
        assert_eq!(TextStats::of_parallel("a b"), TextStats::of("a b"));
    }
}
