//! API keys: asked for at every attempt, in memory for a moment, shown by nothing.
//!
//! The engine stores no key. It asks a [`KeySource`] when the headers of an attempt are made, writes the
//! [`SecretHeader`], and drops it: the memory is wiped. What an HTTP client copies is the client's.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits;
use zeroize::{Zeroize as _, Zeroizing};

/// Why there is no usable key. It never holds a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is none.
    #[error("there is no key for the provider")]
    Missing,
    /// A header cannot carry it.
    #[error("the key cannot be used: {reason}")]
    Invalid {
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Coded for KeyError {
    fn code(&self) -> Code {
        match self {
            KeyError::Missing => Code::KeyMissing,
            KeyError::Invalid { .. } => Code::KeyInvalid,
        }
    }

    fn details(&self) -> Details {
        match self {
            KeyError::Missing => Details::none(),
            KeyError::Invalid { reason } => Details::none().with("reason", *reason),
        }
    }
}

/// A key: wiped when it is dropped, left out of debug output, not to be cloned.
pub struct Key(SecretString);

impl Key {
    /// Takes a key in; white space around it, which files and pasting bring along, is dropped, and the memory of `text`
    /// is wiped.
    ///
    /// # Errors
    ///
    /// [`KeyError::Missing`] where nothing is left. [`KeyError::Invalid`] for anything but visible ASCII, so that no
    /// line end can add a header, and for more than 4 KiB ([`limits::KEY_BYTES`]).
    pub fn new(mut text: String) -> Result<Self, KeyError> {
        let key = Self::checked(text.trim());
        text.zeroize();
        key
    }

    fn checked(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Missing);
        }
        if text.len() as u64 > limits::KEY_BYTES {
            return Err(KeyError::Invalid { reason: "too long" });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Invalid { reason: "not visible ASCII" });
        }
        Ok(Self(SecretString::from(Box::<str>::from(text))))
    }

    /// The value of the header `authorization: Bearer …`. The key is wiped.
    pub fn bearer(self) -> SecretHeader {
        const SCHEME: &str = "Bearer ";
        let key = self.0.expose_secret();
        // Of the final size at once: a string that grows leaves copies behind.
        let mut value = Zeroizing::new(String::with_capacity(SCHEME.len() + key.len()));
        value.push_str(SCHEME);
        value.push_str(key);
        SecretHeader(value)
    }

    /// The value of a header that is the key itself: `x-api-key`, `x-goog-api-key`.
    pub fn plain(self) -> SecretHeader {
        let key = self.0.expose_secret();
        let mut value = Zeroizing::new(String::with_capacity(key.len()));
        value.push_str(key);
        SecretHeader(value)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The value of a header that holds a key: visible ASCII and at most one space, wiped when it is dropped.
pub struct SecretHeader(Zeroizing<String>);

impl SecretHeader {
    /// The value, for writing it. Mark it as sensitive where the HTTP client knows such a mark, and keep no copy.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHeader(..)")
    }
}

/// Where keys come from. Asked once for every attempt, from the thread of the run: it must not wait for a person.
pub trait KeySource: Send + Sync {
    /// The key of the provider that the app calls so.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; the attempt is not made, and not repeated.
    fn key(&self, provider: &str) -> Result<Key, KeyError>;
}

impl<F: Fn(&str) -> Result<Key, KeyError> + Send + Sync> KeySource for F {
    fn key(&self, provider: &str) -> Result<Key, KeyError> {
        self(provider)
    }
}

/// The key in an environment variable, for a command line. The environment keeps its own copy.
#[derive(Clone, Debug)]
pub struct EnvironmentKey {
    variable: String,
}

impl EnvironmentKey {
    /// The key is read from `variable`, anew each time.
    pub fn new(variable: impl Into<String>) -> Self {
        Self { variable: variable.into() }
    }
}

impl KeySource for EnvironmentKey {
    fn key(&self, _provider: &str) -> Result<Key, KeyError> {
        // Such names make `var` panic or mean nothing.
        if self.variable.is_empty() || self.variable.contains(['=', '\0']) {
            return Err(KeyError::Missing);
        }
        match std::env::var(&self.variable) {
            Ok(text) => Key::new(text),
            Err(std::env::VarError::NotPresent) => Err(KeyError::Missing),
            Err(std::env::VarError::NotUnicode(_)) => Err(KeyError::Invalid { reason: "not visible ASCII" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands for a key; nothing may print it.
    const SECRET: &str = "sk-canary-b7e1f0";

    fn key(text: &str) -> Result<Key, KeyError> {
        Key::new(text.to_owned())
    }

    #[test]
    fn headers_are_made_of_the_key_alone() {
        assert_eq!(key(SECRET).unwrap().bearer().expose(), format!("Bearer {SECRET}"));
        assert_eq!(key(&format!(" \t{SECRET}\r\n")).unwrap().plain().expose(), SECRET);
    }

    #[test]
    fn no_key_adds_a_header() {
        for text in ["a\r\nhost: x", "a\nb", "a b", "a\0b", "schlüssel", "a\u{7F}"] {
            assert_eq!(key(text).unwrap_err(), KeyError::Invalid { reason: "not visible ASCII" });
        }
        assert_eq!(key(" \n").unwrap_err(), KeyError::Missing);
    }

    #[test]
    fn a_key_of_four_kibibytes_is_taken_and_a_longer_one_is_not() {
        let longest = limits::KEY_BYTES as usize;
        assert!(key(&"k".repeat(longest)).is_ok());
        assert_eq!(key(&"k".repeat(longest + 1)).unwrap_err(), KeyError::Invalid { reason: "too long" });
    }

    #[test]
    fn keys_are_not_shown() {
        let shown = format!("{:?}{:?}", key(SECRET).unwrap(), key(SECRET).unwrap().bearer());
        assert_eq!(shown, "Key(..)SecretHeader(..)");
        let error = key(&format!("{SECRET} ")).map(|_| ()).and(key("é").map(|_| ())).unwrap_err();
        assert_eq!((error.code(), error.to_string().contains("é")), (Code::KeyInvalid, false));
    }

    #[test]
    fn keys_come_from_the_environment_or_from_a_callback() {
        // Cargo sets this variable for every test.
        let found = EnvironmentKey::new("CARGO_PKG_NAME").key("any").unwrap();
        assert_eq!(found.plain().expose(), "writemagic-ai");
        for name in ["WRITEMAGIC_TEST_NO_SUCH_KEY", "", "a=b", "a\0b"] {
            assert_eq!(EnvironmentKey::new(name).key("any").unwrap_err(), KeyError::Missing);
        }
        let callback = |provider: &str| if provider == "mine" { key(SECRET) } else { Err(KeyError::Missing) };
        assert!(callback.key("mine").is_ok());
        assert_eq!(callback.key("other").unwrap_err().code(), Code::KeyMissing);
    }
}
