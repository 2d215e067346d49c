//! Lines of a text that may end them in any of the three ways: `\n`, `\r\n`, or a lone `\r`.

/// The lines of `text` without their ends, each with its start in bytes.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.bytes().position(|byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        let line = (start, &rest[..length]);
        start += length + if rest[length..].starts_with("\r\n") { 2 } else { 1 };
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        let found: Vec<_> = lines("a\nb\r\n\rçd\n\ne").collect();
        assert_eq!(found, [(0, "a"), (2, "b"), (5, ""), (6, "çd"), (10, ""), (11, "e")]);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("a\n").count(), 1);
    }
}
