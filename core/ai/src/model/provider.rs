//! A model behind a network, as the app or the writer set it up.

use std::fmt;

use serde::{Deserialize, Serialize};
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits::{MODEL_NAME_BYTES, PROVIDER_NAME_BYTES};

use crate::wire::Wire;

use super::{BaseUrl, Locality, Prices};

/// Why a [`Provider`] cannot be as described. Nothing of it can ever work: the description has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The name is not 1 to [`PROVIDER_NAME_BYTES`] ASCII letters, digits, `-`, `_` and `.`.
    #[error("a provider's name is made of letters, digits, hyphens, underscores and dots")]
    Name,
    /// The model is empty, longer than [`MODEL_NAME_BYTES`], or has control characters or white space.
    #[error("this cannot be the name of a model")]
    Model,
    /// The base URL is not one; the word says which part of it.
    #[error("the base URL is not usable")]
    BaseUrl {
        /// `too_long`, `no_scheme`, `scheme`, `host`, `port` or `path`.
        reason: &'static str,
    },
    /// Plain http goes to loopback and private addresses alone.
    #[error("plain http would send texts readable across the network; use https")]
    PlainHttp,
    /// The host is farther away than the locality claims.
    #[error("the host is farther away than the locality says")]
    Locality,
    /// The name of the environment variable is not 1 to [`PROVIDER_NAME_BYTES`] ASCII letters, digits and `_`.
    #[error("this cannot be the name of an environment variable")]
    KeyVariable,
}

impl Coded for ProviderError {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        let what = match self {
            ProviderError::Name => "name",
            ProviderError::Model => "model",
            ProviderError::BaseUrl { .. } | ProviderError::PlainHttp => "base_url",
            ProviderError::Locality => "locality",
            ProviderError::KeyVariable => "key_variable",
        };
        let details = Details::none().with("what", what);
        match self {
            ProviderError::BaseUrl { reason } => details.with("reason", *reason),
            ProviderError::PlainHttp => details.with("reason", "plain_http"),
            _ => details,
        }
    }
}

/// A model that is reached over a network: what to speak, where, and to which model. The key is no part of it.
///
/// ```
/// use writemagic_ai::model::{Locality, Provider};
/// use writemagic_ai::wire::Wire;
///
/// let near = Provider::new("ollama", Wire::OpenAi, "http://127.0.0.1:11434/v1", "llama3.2")?;
/// assert_eq!(near.locality(), Locality::Lan);
/// # Ok::<(), writemagic_ai::model::ProviderError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Provider {
    name: String,
    wire: Wire,
    base_url: BaseUrl,
    model: String,
    locality: Locality,
    prices: Option<Prices>,
    key_variable: Option<String>,
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
struct Fields {
    name: String,
    wire: Wire,
    base_url: String,
    model: String,
    locality: Locality,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prices: Option<Prices>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_variable: Option<String>,
}

impl Provider {
    /// A provider whose locality follows from its host, without prices of its own.
    ///
    /// `base_url` ends as the vendor's own client has it: OpenAI's with `/v1`, Anthropic's without, Gemini's with `/v1beta`.
    ///
    /// # Errors
    /// [`ProviderError`] for what can never work.
    pub fn new(name: &str, wire: Wire, base_url: &str, model: &str) -> Result<Self, ProviderError> {
        let base_url = BaseUrl::parse(base_url)?;
        if !is_word(name, b"-_.") {
            return Err(ProviderError::Name);
        }
        let unfit = |c: char| c.is_control() || c.is_whitespace();
        if model.is_empty() || model.len() as u64 > MODEL_NAME_BYTES || model.contains(unfit) {
            return Err(ProviderError::Model);
        }
        let (name, model) = (name.to_owned(), model.to_owned());
        let locality = base_url.default_locality();
        Ok(Self { name, wire, base_url, model, locality, prices: None, key_variable: None })
    }

    /// The same with the locality that the app or the writer knows better than the host tells.
    ///
    /// # Errors
    /// [`ProviderError::Locality`] for [`Locality::Device`] unless the host is loopback, and for [`Locality::Lan`] if it is
    /// a public address: what is promised to stay near must not depend on a setting alone.
    pub fn with_locality(mut self, locality: Locality) -> Result<Self, ProviderError> {
        if locality < self.base_url.nearest_locality() {
            return Err(ProviderError::Locality);
        }
        self.locality = locality;
        Ok(self)
    }

    /// The same with prices that stand above those of the [`Records`](super::Records).
    #[must_use]
    pub fn with_prices(mut self, prices: Prices) -> Self {
        self.prices = Some(prices);
        self
    }

    /// The same with the environment variable that holds the key.
    ///
    /// # Errors
    /// [`ProviderError::KeyVariable`] if it cannot be a variable's name.
    pub fn with_key_variable(mut self, variable: &str) -> Result<Self, ProviderError> {
        if !is_word(variable, b"_") || variable.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(ProviderError::KeyVariable);
        }
        self.key_variable = Some(variable.to_owned());
        Ok(self)
    }

    /// The name that the app or the writer gave it; what cooldowns and marks belong to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it speaks.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// Where it is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The model, as the provider names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How far a text travels that is sent to it.
    pub fn locality(&self) -> Locality {
        self.locality
    }

    /// Prices of its own.
    pub fn prices(&self) -> Option<Prices> {
        self.prices
    }

    /// The environment variable that holds the key, where one was named.
    pub fn key_variable(&self) -> Option<&str> {
        self.key_variable.as_deref()
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("wire", &self.wire)
            .field("base_url", &self.base_url)
            .field("model", &self.model)
            .field("locality", &self.locality)
            .finish_non_exhaustive()
    }
}

impl TryFrom<Fields> for Provider {
    type Error = ProviderError;

    fn try_from(fields: Fields) -> Result<Self, ProviderError> {
        let provider = Self::new(&fields.name, fields.wire, &fields.base_url, &fields.model)?;
        let mut provider = provider.with_locality(fields.locality)?;
        provider.prices = fields.prices;
        match fields.key_variable {
            Some(variable) => provider.with_key_variable(&variable),
            None => Ok(provider),
        }
    }
}

impl From<Provider> for Fields {
    fn from(provider: Provider) -> Self {
        Self {
            name: provider.name,
            wire: provider.wire,
            base_url: provider.base_url.as_str().to_owned(),
            model: provider.model,
            locality: provider.locality,
            prices: provider.prices,
            key_variable: provider.key_variable,
        }
    }
}

fn is_word(text: &str, also: &[u8]) -> bool {
    !text.is_empty()
        && text.len() as u64 <= PROVIDER_NAME_BYTES
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const URL: &str = "https://api.example.com/v1";

    fn cloud() -> Provider {
        Provider::new("main", Wire::OpenAi, URL, "gpt-x").unwrap()
    }

    #[test]
    fn locality_follows_the_host_and_cannot_claim_what_is_not_so() {
        let near = Provider::new("a", Wire::OpenAi, "http://localhost:8080/v1", "m").unwrap();
        let lan = Provider::new("a", Wire::OpenAi, "http://192.168.1.5/v1", "m").unwrap();
        let public = Provider::new("a", Wire::OpenAi, "https://8.8.8.8/v1", "m").unwrap();
        assert_eq!(
            [near.locality(), lan.locality(), cloud().locality()],
            [Locality::Lan, Locality::Lan, Locality::Cloud]
        );
        let claim = |provider: &Provider, locality| provider.clone().with_locality(locality).is_ok();
        assert!(claim(&near, Locality::Device) && claim(&near, Locality::Cloud));
        assert!(!claim(&lan, Locality::Device) && claim(&lan, Locality::Lan));
        assert!(!claim(&cloud(), Locality::Device) && claim(&cloud(), Locality::Lan));
        assert!(!claim(&public, Locality::Lan) && claim(&public, Locality::Cloud));
    }

    #[test]
    fn names_and_models_have_limits() {
        let name = |name: &str| Provider::new(name, Wire::Gemini, URL, "m").map(|_| ());
        assert_eq!(name(&"a".repeat(64)), Ok(()));
        assert_eq!(name(&"a".repeat(65)), Err(ProviderError::Name));
        assert_eq!(name(""), Err(ProviderError::Name));
        assert_eq!(name("a,b"), Err(ProviderError::Name));
        let model = |model: &str| Provider::new("a", Wire::Gemini, URL, model).map(|_| ());
        assert_eq!(model(&"a".repeat(256)), Ok(()));
        assert_eq!(model(&"a".repeat(257)), Err(ProviderError::Model));
        assert_eq!(model("meta-llama/Llama-3:8b"), Ok(()));
        assert_eq!(model("a\nb"), Err(ProviderError::Model));
        let variable = |name: &str| cloud().with_key_variable(name).map(|_| ());
        assert_eq!(variable("OPENAI_API_KEY"), Ok(()));
        assert_eq!(variable("1KEY"), Err(ProviderError::KeyVariable));
        assert_eq!(variable("A-B"), Err(ProviderError::KeyVariable));
    }

    #[test]
    fn a_description_is_read_back_as_it_was_and_checked_again() {
        let provider = cloud().with_key_variable("KEY").unwrap();
        let written = serde_json::to_string(&provider).unwrap();
        assert_eq!(
            written,
            r#"{"name":"main","wire":"openai","base_url":"https://api.example.com/v1","model":"gpt-x","locality":"cloud","key_variable":"KEY"}"#
        );
        assert_eq!(serde_json::from_str::<Provider>(&written).unwrap(), provider);
        let plain = written.replace("https", "http");
        assert!(serde_json::from_str::<Provider>(&plain).is_err());
        let nearer = written.replace("cloud", "device");
        assert!(serde_json::from_str::<Provider>(&nearer).is_err());
    }

    #[test]
    fn errors_name_what_and_why() {
        let error = Provider::new("a", Wire::OpenAi, "http://a.example", "m").unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(
            serde_json::to_string(&error.details()).unwrap(),
            r#"{"what":"base_url","reason":"plain_http"}"#
        );
    }
}
