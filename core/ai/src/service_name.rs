//! Names of services as they are kept: bounded.

use writemagic_shared::limits;

/// The first 255 bytes ([`limits::SERVICE_NAME_BYTES`]) of a name, cut between characters.
pub(crate) fn bounded(name: &str) -> String {
    let most = usize::try_from(limits::SERVICE_NAME_BYTES).unwrap_or(usize::MAX);
    name[..name.floor_char_boundary(most)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(bounded(&"m".repeat(255)).len(), 255);
        assert_eq!(bounded(&"m".repeat(256)).len(), 255);
        assert_eq!(bounded(&"é".repeat(200)).len(), 254);
    }
}
