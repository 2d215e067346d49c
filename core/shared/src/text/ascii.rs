//! Word boundaries of Unicode Annex #29 for one line of plain ASCII, where few of its rules apply.
//!
//! Property tests compare the scanner with `unicode-segmentation` on every kind of ASCII text.

/// The end of the word segment that starts at `start` (which is below the length), and whether it is a word.
pub(super) fn word_segment(line: &[u8], start: usize) -> (usize, bool) {
    let at = |index: usize| line.get(index).copied().unwrap_or(0);
    let mut end = start + 1;
    match at(start) {
        b' ' => {
            while at(end) == b' ' {
                end += 1;
            }
            (end, false)
        }
        b'\r' if at(end) == b'\n' => (end + 1, false),
        first if joins(first) => {
            let mut previous = first;
            let mut is_word = first != b'_';
            loop {
                let next = at(end);
                if joins(next) {
                    is_word |= next != b'_';
                    end += 1;
                    previous = next;
                } else if bridges(previous, next, at(end + 1)) {
                    previous = at(end + 1);
                    end += 2;
                } else {
                    return (end, is_word);
                }
            }
        }
        _ => (end, false),
    }
}

fn joins(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `middle` stays inside the word that `before` and `after` make: `can't`, `3.5`, `1,000`.
fn bridges(before: u8, middle: u8, after: u8) -> bool {
    match middle {
        b'.' | b'\'' => {
            before.is_ascii_alphabetic() && after.is_ascii_alphabetic()
                || before.is_ascii_digit() && after.is_ascii_digit()
        }
        b':' => before.is_ascii_alphabetic() && after.is_ascii_alphabetic(),
        b',' | b';' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}
