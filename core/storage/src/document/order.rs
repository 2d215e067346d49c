//! Keys that order siblings by hand: between any two there is another, so that placing one changes one row.
//!
//! A key is a string of bytes that does not end in 0, ordered byte by byte (as SQLite orders blobs): a fraction between 0 and 1 to the base
//! of 256. At the ends of a list a key steps by one in its last byte, so that it grows by a byte every 254 placements;
//! between two others it takes the middle.

/// Whether bytes are a key: what stands between two such is one too.
pub(crate) fn is_key(bytes: &[u8]) -> bool {
    bytes.last().is_some_and(|last| *last != 0)
}

/// A key between two others; before or behind all where one is missing. `None` if `after` is not behind `before`, or they
/// are no keys.
pub(crate) fn between(before: Option<&[u8]>, after: Option<&[u8]>) -> Option<Vec<u8>> {
    let sound = |key: Option<&[u8]>| key.is_none_or(is_key);
    let ordered = match (before, after) {
        (Some(before), Some(after)) => before < after,
        _ => true,
    };
    if !sound(before) || !sound(after) || !ordered {
        return None;
    }
    let low = before.unwrap_or_default();
    // Bytes of `after` bound the key as long as it begins like that.
    let mut high = after;
    let mut key = Vec::with_capacity(low.len() + 1);
    loop {
        let i = key.len();
        let from = u16::from(low.get(i).copied().unwrap_or(0));
        let to = high.map_or(256, |high| u16::from(high.get(i).copied().unwrap_or(0)));
        if to > from + 1 {
            let step = match (before, after) {
                (None, Some(_)) => to - 1,
                (Some(_), None) => from + 1,
                _ => from.midpoint(to),
            };
            key.push(step as u8);
            return Some(key);
        }
        key.push(from as u8);
        if to > from {
            high = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_grow_slowly_at_the_ends() {
        for front in [true, false] {
            let mut keys = vec![between(None, None).unwrap()];
            for _ in 0..5000 {
                let (first, last) = (keys.first().cloned().unwrap(), keys.last().cloned().unwrap());
                if front {
                    keys.insert(0, between(None, Some(&first)).unwrap());
                } else {
                    keys.push(between(Some(&last), None).unwrap());
                }
            }
            assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(keys.iter().all(|key| is_key(key) && key.len() <= 22));
        }
    }

    #[test]
    fn what_is_no_pair_of_keys_is_refused() {
        assert_eq!(between(Some(&[2]), Some(&[1])), None);
        assert_eq!(between(Some(&[1]), Some(&[1])), None);
        assert_eq!(between(Some(&[1, 0]), None), None);
        assert_eq!(between(None, Some(&[])), None);
        assert_eq!(between(Some(&[1]), Some(&[1, 0, 0])), None);
        assert_eq!(between(Some(&[1]), Some(&[1, 0, 1])), Some(vec![1, 0, 0, 128]));
        assert_eq!(between(None, Some(&[0, 1])), Some(vec![0, 0, 255]));
    }

    proptest! {
        #[test]
        fn between_any_two_there_is_room(places in prop::collection::vec(any::<prop::sample::Index>(), 1..300)) {
            let mut keys: Vec<Vec<u8>> = Vec::new();
            for place in places {
                let at = place.index(keys.len() + 1);
                let before = at.checked_sub(1).map(|i| keys[i].as_slice());
                let key = between(before, keys.get(at).map(Vec::as_slice)).unwrap();
                keys.insert(at, key);
            }
            prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(keys.iter().all(|key| is_key(key)));
        }

        #[test]
        fn any_keys_of_others_leave_room(a in prop::collection::vec(0..4_u8, 1..6), b in prop::collection::vec(0..4_u8, 1..6)) {
            let key = between(Some(&a), Some(&b));
            prop_assert_eq!(key.is_some(), a < b && is_key(&a) && is_key(&b));
            if let Some(key) = key {
                prop_assert!(a < key && key < b && is_key(&key));
            }
        }
    }
}
