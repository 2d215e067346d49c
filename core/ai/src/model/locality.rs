//! How far a text travels.

use serde::{Deserialize, Serialize};

/// Where a model runs, in three grades; a ceiling admits itself and everything nearer.
///
/// A server on the writer's own network is not on the device, and a vendor's "private cloud" is a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locality {
    /// In this device: nothing leaves it.
    Device,
    /// On the writer's own network: loopback servers of other programs, and private addresses.
    Lan,
    /// Anywhere else.
    Cloud,
}

impl Locality {
    /// Whether a model of this locality may be asked under `ceiling`.
    pub fn is_within(self, ceiling: Locality) -> bool {
        self <= ceiling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_admits_itself_and_what_is_nearer() {
        use Locality::*;
        let all = [Device, Lan, Cloud];
        let admitted = |ceiling| all.iter().filter(|l| l.is_within(ceiling)).count();
        assert_eq!([admitted(Device), admitted(Lan), admitted(Cloud)], [1, 2, 3]);
    }
}
