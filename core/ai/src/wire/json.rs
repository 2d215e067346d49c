//! Fields that servers fill in differently: a value of another type counts as absent instead of spoiling its event.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string, borrowed where it has no escapes; empty when absent, null or something else. A number is its digits.
#[derive(Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// A number of tokens; zero when absent, null, negative or something else.
#[derive(Clone, Copy, Default)]
pub(super) struct Count(pub(super) u64);

/// A yes; anything else is a no.
#[derive(Clone, Copy, Default)]
pub(super) struct Flag(pub(super) bool);

/// The elements of a list that say something here, up to 64; none when it is no list.
pub(super) struct List<T>(pub(super) Vec<T>);

/// A string, or a list of parts in its place.
pub(super) struct TextOrList<'a, T> {
    pub(super) text: Text<'a>,
    pub(super) list: List<T>,
}

/// The element of a list that says it is the first, or does not say: of several answers the engine reads one.
pub(super) struct First<T>(pub(super) Option<T>);

/// What has a place in a list of alternatives.
pub(super) trait Indexed {
    fn index(&self) -> u64;
}

const LONGEST_LIST: usize = 64;

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for TextOrList<'_, T> {
    fn default() -> Self {
        Self { text: Text::default(), list: List::default() }
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text if there is one.
    pub(super) fn some(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

/// Takes what is left of a list or an object of no interest.
fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// What a visitor does with types that say nothing.
macro_rules! skip {
    ($($type:ident),*) => { $( skip!(@ $type); )* };
    (@ unit) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@ bool) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@ number) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@ text) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            skip_list(list).map(|()| Default::default())
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
            skip_object(object).map(|()| Default::default())
        }
    };
}
struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }

    skip!(unit, bool, list, object);
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Count, E> {
        Ok(Count(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Count, E> {
        Ok(Count(u64::try_from(number).unwrap_or(0)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Count, E> {
        // The cast saturates, and takes what is no number as zero.
        Ok(Count(number as u64))
    }

    skip!(unit, bool, text, list, object);
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(flag))
    }

    skip!(unit, number, text, list, object);
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut elements = Vec::new();
        while elements.len() < LONGEST_LIST {
            match list.next_element()? {
                Some(element) => elements.push(element),
                None => return Ok(List(elements)),
            }
        }
        skip_list(list).map(|()| List(elements))
    }

    skip!(unit, bool, number, text, object);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct TextOrListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrListVisitor<T> {
    type Value = TextOrList<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(TextOrList { text: Text(Cow::Borrowed(text)), list: List::default() })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOrList { text: Text(Cow::Owned(text.to_owned())), list: List::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(TextOrList { text: Text::default(), list: ListVisitor(PhantomData).visit_seq(list)? })
    }

    skip!(unit, bool, number, object);
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOrList<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrListVisitor(PhantomData))
    }
}

struct FirstVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Indexed> Visitor<'de> for FirstVisitor<T> {
    type Value = First<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
        let mut first = None;
        while let Some(element) = list.next_element::<T>()? {
            if first.is_none() && element.index() == 0 {
                first = Some(element);
            }
        }
        Ok(First(first))
    }

    skip!(unit, bool, number, text, object);
}

impl<'de, T: Deserialize<'de> + Indexed> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FirstVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn text(json: &str) -> String {
        serde_json::from_str::<Text<'_>>(json).unwrap().0.into_owned()
    }

    #[test]
    fn a_text_is_borrowed_where_it_can_be_and_another_type_is_none() {
        assert!(matches!(serde_json::from_str::<Text<'_>>(r#""plain""#).unwrap().0, Cow::Borrowed("plain")));
        assert_eq!(text(r#""a\nb""#), "a\nb");
        assert_eq!([text("null"), text("[1,[2]]"), text(r#"{"a":{}}"#), text("true"), text("1.5")], [""; 5]);
        assert_eq!([text("429"), text("-1")], ["429", "-1"]);
    }

    #[test]
    fn counts_flags_and_lists_take_any_type() {
        let count = |json: &str| serde_json::from_str::<Count>(json).unwrap().0;
        assert_eq!(
            [count("7"), count("-7"), count("7.9"), count("null"), count(r#""7""#), count("1e99")],
            [7, 0, 7, 0, 0, u64::MAX]
        );
        let flag = |json: &str| serde_json::from_str::<Flag>(json).unwrap().0;
        assert_eq!([flag("true"), flag("1"), flag("null"), flag("[]")], [true, false, false, false]);
        let list = |json: &str| serde_json::from_str::<List<Count>>(json).unwrap().0.len();
        assert_eq!([list("[1,2]"), list("null"), list("{}"), list(r#""a""#)], [2, 0, 0, 0]);
        assert_eq!(list(&format!("[{}]", vec!["1"; 100].join(","))), 64);
    }
}
