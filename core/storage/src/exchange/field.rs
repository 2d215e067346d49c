//! A value that libraries change each on their own: of two, the one written last stays.

/// What a library's hybrid logical clock showed: milliseconds since 1970 · 2^16 + a counter, never negative.
pub(crate) type Ticks = i64;

/// A value and when it was written.
///
/// Two libraries may write at the same tick. Then the greater value stays, so `T` must be ordered in the same way on
/// every device and for ever: by its bytes, `None` first, false before true, numbers as numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field<T> {
    pub(crate) value: T,
    pub(crate) clock: Ticks,
}

/// What became of a field that another library has too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision<T> {
    /// Ours is the newer one, or the same.
    Keep,
    /// Theirs is the newer one.
    Take {
        /// What ours was, if it was another value. Its writer may have known it or not: clocks do not tell.
        lost: Option<Field<T>>,
    },
}

impl<T: Ord> Field<T> {
    /// Whether this stays of the two.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        (self.clock, &self.value) > (other.clock, &other.value)
    }

    /// Becomes the newer one of the two. The outcome of many does not depend on their order or on repeats.
    pub(crate) fn merge(&mut self, theirs: Self) -> Decision<T> {
        if !theirs.is_newer_than(self) {
            return Decision::Keep;
        }
        let ours = std::mem::replace(self, theirs);
        let lost = (ours.value != self.value).then_some(ours);
        Decision::Take { lost }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_field() -> impl Strategy<Value = Field<Option<String>>> {
        // Few of each, so that clocks and values meet.
        (prop::option::of("[ab]{0,2}"), 0..3_i64).prop_map(|(value, clock)| Field { value, clock })
    }

    fn merged(mut ours: Field<Option<String>>, theirs: &Field<Option<String>>) -> Field<Option<String>> {
        ours.merge(theirs.clone());
        ours
    }

    proptest! {
        #[test]
        fn the_newer_field_is_the_same_in_any_order_and_however_often(
            a in any_field(), b in any_field(), c in any_field(),
        ) {
            prop_assert_eq!(merged(a.clone(), &a), a.clone());
            prop_assert_eq!(merged(a.clone(), &b), merged(b.clone(), &a));
            prop_assert_eq!(merged(merged(a.clone(), &b), &c), merged(a.clone(), &merged(b.clone(), &c)));
            prop_assert_eq!(merged(merged(a.clone(), &b), &b), merged(a, &b));
        }

        #[test]
        fn exactly_what_another_value_replaces_is_lost(a in any_field(), b in any_field()) {
            let mut ours = a.clone();
            match ours.merge(b.clone()) {
                Decision::Keep => prop_assert_eq!(ours, a),
                Decision::Take { lost } => {
                    prop_assert_eq!(&ours, &b);
                    prop_assert_eq!(lost, (a.value != b.value).then_some(a));
                }
            }
        }
    }

    #[test]
    fn at_one_tick_the_greater_value_stays() {
        let field = |value: &str, clock| Field { value: value.to_owned(), clock };
        let mut ours = field("b", 7);
        assert_eq!(ours.merge(field("z", 6)), Decision::Keep);
        assert_eq!(ours.merge(field("a", 7)), Decision::Keep);
        assert_eq!(ours.merge(field("b", 7)), Decision::Keep);
        assert_eq!(ours.merge(field("c", 7)), Decision::Take { lost: Some(field("b", 7)) });
        assert_eq!(ours.merge(field("c", 8)), Decision::Take { lost: None }, "nothing but the clock is new");
        assert_eq!(ours, field("c", 8));
    }
}
