//! The index against counting from the start, at every offset of adversarial texts.

use proptest::prelude::*;

use super::*;

/// Every position of the text, in order, counted character by character.
fn positions(text: &str) -> Vec<Position> {
    let mut all = vec![Position::default()];
    let mut at = Position::default();
    for character in text.chars() {
        at.byte += character.len_utf8() as u64;
        at.char += 1;
        at.utf16 += character.len_utf16() as u64;
        at.line += u64::from(character == '\n');
        all.push(at);
    }
    all
}

fn check(text: &str) {
    let positions = positions(text);
    let end = positions.last().copied().unwrap();
    for path in Path::available() {
        let offsets = Offsets::new_on(path, text);
        assert_eq!(offsets.end(), end);
        for make in [Offset::Byte, Offset::Char, Offset::Utf16] {
            let mut next = positions.iter().copied().peekable();
            let mut last = Position::default();
            for value in 0..=make(0).of(end) {
                let offset = make(value);
                let expected = match next.next_if(|position| offset.of(*position) == value) {
                    Some(exact) => {
                        last = exact;
                        Ok(exact)
                    }
                    None => Err(OffsetError::InsideCharacter { start: last }),
                };
                assert_eq!(offsets.locate_on(path, offset), expected, "{path:?} {offset:?}");
            }
            for beyond in [make(0).of(end) + 1, u64::MAX] {
                assert_eq!(offsets.locate_on(path, make(beyond)), Err(OffsetError::BeyondText { end }));
            }
        }
    }
    check_lines(text, &positions);
}

fn check_lines(text: &str, positions: &[Position]) {
    let offsets = Offsets::new(text);
    let at = |byte: usize| *positions.iter().find(|position| position.byte == byte as u64).unwrap();
    let end = offsets.end();
    let mut start = 0;
    for (line, content) in text.split('\n').enumerate() {
        let line = line as u64;
        let content = if line < end.line { content.strip_suffix('\r').unwrap_or(content) } else { content };
        let (first, last) = (at(start), at(start + content.len()));
        assert_eq!(offsets.line_start(line), Ok(first));
        assert_eq!(offsets.line_end(line), Ok(last));
        for position in positions.iter().filter(|position| (first.byte..=last.byte).contains(&position.byte))
        {
            let column = offsets.column(*position);
            assert_eq!(column.byte, position.byte - first.byte);
            for column in [Offset::Byte(column.byte), Offset::Char(column.char), Offset::Utf16(column.utf16)]
            {
                assert_eq!(offsets.locate_in_line(line, column), Ok(*position), "{line} {column:?}");
            }
        }
        for column in [Offset::Char(last.char - first.char + 1), Offset::Byte(u64::MAX)] {
            assert_eq!(offsets.locate_in_line(line, column), Err(OffsetError::BeyondLine { end: last }));
        }
        start += text[start..].find('\n').map_or(0, |feed| feed + 1);
    }
    for line in [end.line + 1, u64::MAX] {
        assert_eq!(offsets.line_start(line), Err(OffsetError::BeyondText { end }));
        assert_eq!(offsets.line_end(line), Err(OffsetError::BeyondText { end }));
        assert_eq!(offsets.locate_in_line(line, Offset::Char(0)), Err(OffsetError::BeyondText { end }));
    }
}

#[test]
fn the_empty_text_has_one_position() {
    check("");
}

#[test]
fn an_offset_inside_a_character_names_its_start() {
    let offsets = Offsets::new("é😀");
    let start = Position { byte: 2, char: 1, utf16: 1, line: 0 };
    for inside in [Offset::Byte(3), Offset::Byte(5), Offset::Utf16(2)] {
        let refused = offsets.locate(inside).unwrap_err();
        assert_eq!(refused, OffsetError::InsideCharacter { start });
        assert_eq!(refused.nearest(), start);
    }
}

#[test]
fn a_carriage_return_belongs_to_the_line_end_only_before_a_line_feed() {
    let offsets = Offsets::new("a\r\nb\rc\r");
    assert_eq!(offsets.line_end(0).unwrap().byte, 1);
    assert_eq!(offsets.line_end(1).unwrap().byte, 7);
    let between = offsets.locate(Offset::Byte(2)).unwrap();
    assert_eq!(offsets.column(between).char, 2);
    let end = Position { byte: 1, char: 1, utf16: 1, line: 0 };
    assert_eq!(offsets.locate_in_line(0, Offset::Char(2)), Err(OffsetError::BeyondLine { end }));
}

#[test]
fn characters_and_line_ends_may_lie_across_the_edge_of_a_block() {
    for straddling in ["é", "世", "😀", "\r\n", "\n", "\n\n", "😀\n"] {
        for before in BLOCK - 5..BLOCK + 2 {
            let text = format!("{}{straddling}{}", "x".repeat(before), "y\n".repeat(5));
            let positions = positions(&text);
            let offsets = Offsets::new(text.as_str());
            for position in positions.iter().filter(|position| position.byte as usize + 6 >= before) {
                let Position { byte, char, utf16, .. } = *position;
                for offset in [Offset::Byte(byte), Offset::Char(char), Offset::Utf16(utf16)] {
                    assert_eq!(offsets.locate(offset), Ok(*position), "{straddling:?} {before}");
                }
                let column = Offset::Utf16(offsets.column(*position).utf16);
                let expected = if text.as_bytes()[..position.byte as usize].ends_with(b"\r") {
                    Err(OffsetError::BeyondLine { end: offsets.line_end(position.line).unwrap() })
                } else {
                    Ok(*position)
                };
                assert_eq!(
                    offsets.locate_in_line(position.line, column),
                    expected,
                    "{straddling:?} {before}"
                );
            }
        }
    }
}

#[test]
fn texts_of_whole_blocks_are_found_to_their_last_unit() {
    for character in ["a", "\n", "é", "😀"] {
        let copies = BLOCK / character.len();
        for copies in [copies - 1, copies, copies + 1, 2 * copies] {
            let text = character.repeat(copies);
            let offsets = Offsets::new(text.as_str());
            let end = offsets.end();
            assert_eq!(offsets.locate(Offset::Byte(text.len() as u64)), Ok(end));
            assert_eq!(offsets.locate(Offset::Utf16(end.utf16)), Ok(end));
            for back in 1..4 {
                let position = offsets.locate(Offset::Char(copies as u64 - back)).unwrap();
                assert_eq!(position.byte, text.len() as u64 - back * character.len() as u64);
            }
            assert_eq!(
                offsets.line_start(end.line).unwrap().byte,
                if character == "\n" { end.byte } else { 0 }
            );
        }
    }
}

#[test]
fn the_index_takes_less_than_two_percent_of_a_large_text() {
    let offsets = Offsets::new("x".repeat(1 << 20));
    let bytes = offsets.before.capacity() * size_of::<Counts>();
    assert!(bytes * 50 < 1 << 20, "{bytes}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_offset_is_located_as_by_counting(text in "[a\n\r é世😀]{0,200}") {
        check(&text);
    }

    #[test]
    fn large_texts_are_located_as_by_counting(
        runs in prop::collection::vec((prop::sample::select(&["a", "\n", "\r\n", "é", "世", "😀"][..]), 1usize..1500), 1..8),
        places in prop::collection::vec(any::<prop::sample::Index>(), 20)) {
        let text: String = runs.into_iter().map(|(piece, copies)| piece.repeat(copies)).collect();
        let positions = positions(&text);
        let offsets = Offsets::new(text.as_str());
        for place in places {
            let position = positions[place.index(positions.len())];
            prop_assert_eq!(offsets.locate(Offset::Byte(position.byte)), Ok(position));
            prop_assert_eq!(offsets.locate(Offset::Char(position.char)), Ok(position));
            prop_assert_eq!(offsets.locate(Offset::Utf16(position.utf16)), Ok(position));
            let start = offsets.line_start(position.line).unwrap();
            prop_assert_eq!(start.line, position.line);
            prop_assert!(start.byte == 0 || text.as_bytes()[start.byte as usize - 1] == b'\n');
        }
    }
}
