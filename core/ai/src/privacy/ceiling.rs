//! How far a text may travel, and the proof that it was asked.

use std::fmt;
use std::ops::Deref;

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};

use crate::model::Locality;

/// What has a place: a provider, a model in the app.
pub trait Located {
    /// How far a text travels to it.
    fn locality(&self) -> Locality;
}

/// The farthest that a text may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ceiling(Locality);

impl Ceiling {
    /// The nearest of the ceilings that apply: the run's, the project's. Without any, the cloud is allowed.
    pub fn nearest(ceilings: impl IntoIterator<Item = Locality>) -> Self {
        Self(ceilings.into_iter().min().unwrap_or(Locality::Cloud))
    }

    /// The grade that is still admitted.
    pub fn locality(self) -> Locality {
        self.0
    }

    /// Clears `destination` for the texts under this ceiling.
    ///
    /// # Errors
    ///
    /// [`CeilingRefusal`] where it is farther away. Nothing was sent.
    pub fn clear<P: Located>(self, destination: &P) -> Result<Cleared<'_, P>, CeilingRefusal> {
        let locality = destination.locality();
        if locality.is_within(self.0) {
            Ok(Cleared(destination))
        } else {
            Err(CeilingRefusal { ceiling: self.0, locality })
        }
    }
}

/// A destination that a [`Ceiling`] has admitted. Nothing else makes one: what takes a `Cleared` cannot be called
/// without having asked.
#[derive(Debug)]
pub struct Cleared<'a, P>(&'a P);

impl<P> Clone for Cleared<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Cleared<'_, P> {}

impl<P> Deref for Cleared<'_, P> {
    type Target = P;

    fn deref(&self) -> &P {
        self.0
    }
}

/// Keeps what sends (a transport, a model of the app) where only a [`Cleared`] destination reaches it.
///
/// ```compile_fail
/// use writemagic_ai::privacy::Fenced;
///
/// let transport = Fenced::new("a transport");
/// let unasked: &str = transport.0;
/// ```
pub struct Fenced<T>(T);

impl<T> Fenced<T> {
    /// Puts `inner` behind the fence.
    pub fn new(inner: T) -> Self {
        Self(inner)
    }

    /// What is behind the fence, for sending to the destination that was cleared.
    pub fn reach<'a, P: Located>(&'a self, _proof: &Cleared<'_, P>) -> &'a T {
        &self.0
    }
}

impl<T> fmt::Debug for Fenced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fenced(..)")
    }
}

/// A model is farther away than the text may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the text may travel as far as `{}`, and the model is at `{}`", word(*ceiling), word(*locality))]
pub struct CeilingRefusal {
    /// As far as the text may travel.
    pub ceiling: Locality,
    /// Where the model is.
    pub locality: Locality,
}

impl Coded for CeilingRefusal {
    fn code(&self) -> Code {
        Code::LocalityCeiling
    }

    fn details(&self) -> Details {
        Details::none().with("ceiling", word(self.ceiling)).with("locality", word(self.locality))
    }
}

fn word(locality: Locality) -> &'static str {
    match locality {
        Locality::Device => "device",
        Locality::Lan => "lan",
        Locality::Cloud => "cloud",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Locality::{Cloud, Device, Lan};

    impl Located for Locality {
        fn locality(&self) -> Locality {
            *self
        }
    }

    #[test]
    fn of_two_ceilings_the_nearer_one_holds() {
        for (run, project, expected) in [
            (None, None, Cloud),
            (Some(Lan), None, Lan),
            (None, Some(Device), Device),
            (Some(Cloud), Some(Lan), Lan),
            (Some(Device), Some(Cloud), Device),
        ] {
            assert_eq!(Ceiling::nearest([run, project].into_iter().flatten()).locality(), expected);
        }
    }

    #[test]
    fn nothing_beyond_the_ceiling_is_cleared() {
        let ceiling = Ceiling::nearest([Lan]);
        assert!(ceiling.clear(&Device).is_ok() && ceiling.clear(&Lan).is_ok());
        let refusal = ceiling.clear(&Cloud).unwrap_err();
        assert_eq!(refusal, CeilingRefusal { ceiling: Lan, locality: Cloud });
        assert_eq!(refusal.code(), Code::LocalityCeiling);
        assert_eq!(refusal.to_string(), "the text may travel as far as `lan`, and the model is at `cloud`");
    }

    #[test]
    fn what_is_fenced_is_reached_with_a_cleared_destination() {
        let transport = Fenced::new("a transport");
        let cleared = Ceiling::nearest([Lan]).clear(&Device).unwrap();
        assert_eq!(*transport.reach(&cleared), "a transport");
        assert_eq!((cleared.locality(), format!("{transport:?}")), (Device, "Fenced(..)".to_owned()));
    }
}
