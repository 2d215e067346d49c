//! Keys that the app has.

use writemagic::ai::key::{self, Key, KeyError};

use super::KeySource;

impl key::KeySource for KeySource {
    fn key(&self, provider: &str) -> Result<Key, KeyError> {
        // The method of the object, not this one.
        match KeySource::key(self, provider) {
            Ok(Some(mut key)) => Key::new(std::mem::take(&mut key)),
            Ok(None) => Err(KeyError::Missing),
            Err(_) => Err(KeyError::Invalid { reason: "the app threw" }),
        }
    }
}
