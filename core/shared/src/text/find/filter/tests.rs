use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::text::fold::table::Distinct;

static FILTERS: LazyLock<Vec<Filter>> = LazyLock::new(|| {
    let patterns = ["the", "é", "strasse", "москва", "한국", "漢字", "क्ष", "محمد", "x", "🚀", "ααα"];
    let every = [(false, false), (true, false), (false, true), (true, true)];
    let distinct = every.map(|(case, diacritics)| Distinct { case, diacritics });
    let code_points = |pattern: &str| pattern.chars().map(u32::from).collect::<Vec<_>>();
    patterns
        .iter()
        .flat_map(|pattern| distinct.map(|distinct| Filter::new(&code_points(pattern), distinct)))
        .flatten()
        .collect()
});

fn all(filter: &Filter, path: Path, text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut hits = Hits::new();
    let mut from = 0;
    while window(text, from).is_some() {
        hits.clear();
        let end = filter.scan(path, text, from, &mut hits);
        assert!(end > from && (end - from).is_multiple_of(BLOCK));
        while let Some((block, mut candidates)) = hits.take() {
            assert!(candidates != 0 && block >= from && block < end && (block - from).is_multiple_of(BLOCK));
            while candidates != 0 {
                found.push(block + candidates.trailing_zeros() as usize);
                candidates &= candidates - 1;
            }
        }
        from = end;
    }
    found
}

proptest! {
    #[test]
    fn every_path_has_the_candidates_of_the_scalar_one(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select("theé ß한म漢м".as_bytes())], 0..400),
        shift in 0_usize..64,
    ) {
        let text = bytes.get(shift..).unwrap_or_default();
        for filter in FILTERS.iter() {
            let expected = all(filter, Path::Scalar, text);
            for path in [Path::Avx2, Path::Avx512Bw, Path::Avx512, Path::Neon] {
                prop_assert_eq!(&all(filter, path, text), &expected, "{:?}", path);
            }
        }
    }
}

#[test]
fn a_text_longer_than_is_looked_ahead_and_with_more_hits_than_fit_has_all_its_candidates() {
    let text = format!("{}{}the", "the ".repeat(2 * BLOCK * Hits::MOST / 4), " ".repeat(3 * AHEAD))
        + &" ".repeat(WINDOW);
    let the = Filter::new(&['t', 'h', 'e'].map(u32::from), Distinct::default()).unwrap();
    let anchor = the.anchor;
    let expected: Vec<usize> = text.match_indices("the").map(|(at, _)| at + anchor).collect();
    for path in [Path::Scalar, Path::Avx2, Path::Avx512Bw, Path::Avx512, Path::Neon] {
        assert_eq!(all(&the, path, text.as_bytes()), expected, "{path:?}");
    }
}

#[test]
fn patterns_that_depend_on_what_stands_before_have_no_filter() {
    for pattern in ["\u{3099}", "\u{1161}", "\u{11A8}", "\u{9BE}", "\u{94D}", "🇩", "\u{1F3FD}"] {
        let code_points: Vec<u32> = pattern.chars().map(u32::from).collect();
        assert!(Filter::new(&code_points, Distinct::default()).is_none(), "{pattern}");
    }
}
