//! Sentence boundaries of Unicode Annex #29 for one line of plain ASCII, where few of its rules apply.
//!
//! Property tests compare the scanner with `unicode-segmentation` on every kind of ASCII text.

/// How many sentences with a letter or digit a line has (its line end included). Linear in the line.
pub(super) fn sentences(line: &[u8]) -> u64 {
    let at = |index: usize| line.get(index).copied();
    let mut count = 0;
    let mut has_content = false;
    let mut index = 0;
    while let Some(byte) = at(index) {
        index += 1;
        has_content |= byte.is_ascii_alphanumeric();
        let ends = match byte {
            b'\r' | b'\n' => true,
            b'.' | b'!' | b'?' => {
                let before = index.checked_sub(2).and_then(at).is_some_and(|byte| byte.is_ascii_alphabetic());
                terminated(line, &mut index, byte == b'.', before)
            }
            _ => false,
        };
        if ends {
            count += u64::from(has_content);
            has_content = false;
        }
    }
    count + u64::from(has_content)
}

/// Whether the sentence ends behind the terminator that stands before `index`; moves `index` behind what belongs
/// to it. Rules SB6 to SB11.
fn terminated(line: &[u8], index: &mut usize, full_stop: bool, after_letter: bool) -> bool {
    let at = |index: usize| line.get(index).copied();
    if full_stop
        && at(*index).is_some_and(|next| next.is_ascii_digit() || after_letter && next.is_ascii_uppercase())
    {
        return false;
    }
    while at(*index)
        .is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}'))
    {
        *index += 1;
    }
    while at(*index).is_some_and(|byte| matches!(byte, b' ' | b'\t' | 0x0B | 0x0C)) {
        *index += 1;
    }
    match at(*index) {
        // The line end closes the sentence itself, a comma or a further terminator continues it.
        None | Some(b'\r' | b'\n' | b',' | b'-' | b':' | b';' | b'.' | b'!' | b'?') => false,
        Some(_) if full_stop => {
            let next = line[*index..].iter().find(|byte| {
                byte.is_ascii_alphabetic() || matches!(byte, b'\r' | b'\n' | b'.' | b'!' | b'?')
            });
            !next.is_some_and(u8::is_ascii_lowercase)
        }
        Some(_) => true,
    }
}
