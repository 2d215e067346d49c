//! What is known of models, as data that an app can replace.

use serde::Deserialize;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits::{MODEL_NAME_BYTES, MODEL_RECORDS, MODEL_RECORDS_BYTES};

use crate::wire::Wire;

use super::{Capabilities, Prices, Provider};

/// The format that this version of the engine reads.
const FORMAT: u32 = 1;
/// No model has a larger context, and no sum of tokens below it can overflow.
const MOST_TOKENS: u64 = 1_000_000_000;
/// A thousand dollars per million tokens.
const HIGHEST_PRICE: u64 = 1_000_000_000;

/// Why a document of records was not taken. The records in use stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// It is longer than [`MODEL_RECORDS_BYTES`] or has more than [`MODEL_RECORDS`] records.
    #[error("the document of model records is over the limit")]
    TooLarge {
        /// The limit's name.
        what: &'static str,
        /// What was found.
        value: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// It is not JSON of the format's form.
    #[error("the document of model records is malformed at line {line}")]
    Malformed {
        /// The line, from 1; 0 where there is none.
        line: u64,
    },
    /// It is of a format that this version does not read.
    #[error("the document of model records has format {format}, which this version does not read")]
    Format {
        /// The format that it names.
        format: u32,
    },
    /// A record has a name or a number that cannot be.
    #[error("record {index} has a value that cannot be")]
    Value {
        /// Which record, from 0.
        index: u64,
    },
}

impl Coded for RecordsError {
    fn code(&self) -> Code {
        match self {
            RecordsError::TooLarge { .. } => Code::LimitExceeded,
            _ => Code::InvalidArgument,
        }
    }

    fn details(&self) -> Details {
        let none = Details::none();
        match *self {
            RecordsError::TooLarge { what, value, limit } => {
                none.with("what", what).with("value", value).with("limit", limit)
            }
            RecordsError::Malformed { line } => none.with("what", "model_records").with("line", line),
            RecordsError::Format { format } => {
                none.with("what", "model_records").with("format", u64::from(format))
            }
            RecordsError::Value { index } => none.with("what", "model_records").with("record", index),
        }
    }
}

/// What is known of models: capabilities and prices.
///
/// A JSON document: `{"format":1,"as_of":"2026-03-21","records":[…]}`, each record `{"wire","host"?,"model",
/// "capabilities"?,"prices"?}`. `model` is a name, or the beginning of one with `*` behind it; a record without `host` is
/// for any. The first record that fits and has what is looked for counts. Prices are millionths of a US dollar per
/// 1,000,000 tokens.
///
/// The bundled records name a few common models; prices change, and where a model has several, the highest stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    as_of: String,
    records: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    wire: Wire,
    #[serde(default)]
    host: Option<String>,
    model: String,
    #[serde(default)]
    capabilities: Option<Capabilities>,
    #[serde(default)]
    prices: Option<Prices>,
}

#[derive(Deserialize)]
struct Document {
    as_of: String,
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Records {
    /// The records that come with the engine.
    pub fn bundled() -> Self {
        let empty = Self { as_of: String::new(), records: Vec::new() };
        Self::parse(include_str!("records.json")).unwrap_or(empty)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`RecordsError`] says what is wrong with it; a part of it is never taken.
    pub fn parse(json: &str) -> Result<Self, RecordsError> {
        let within = |what, value: usize, limit| match value as u64 {
            value if value > limit => Err(RecordsError::TooLarge { what, value, limit }),
            _ => Ok(()),
        };
        let malformed = |error: serde_json::Error| RecordsError::Malformed { line: error.line() as u64 };
        within("model_records_bytes", json.len(), MODEL_RECORDS_BYTES)?;
        let head: Head = serde_json::from_str(json).map_err(malformed)?;
        if head.format != FORMAT {
            return Err(RecordsError::Format { format: head.format });
        }
        let document: Document = serde_json::from_str(json).map_err(malformed)?;
        within("model_records", document.records.len(), MODEL_RECORDS)?;
        if document.as_of.parse::<jiff::civil::Date>().is_err() {
            return Err(RecordsError::Malformed { line: 0 });
        }
        for (index, record) in document.records.iter().enumerate() {
            if !record.is_sound() {
                return Err(RecordsError::Value { index: index as u64 });
            }
        }
        Ok(Self { as_of: document.as_of, records: document.records })
    }

    /// The day for which the records were true, as `YYYY-MM-DD`.
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// What this provider's model can do; the default where no record says. Linear in the records.
    pub fn capabilities(&self, provider: &Provider) -> Capabilities {
        self.of(provider).find_map(|record| record.capabilities.clone()).unwrap_or_default()
    }

    /// What its tokens cost: the provider's own prices, else those on record; `None` where nobody says.
    pub fn prices(&self, provider: &Provider) -> Option<Prices> {
        provider.prices().or_else(|| self.of(provider).find_map(|record| record.prices))
    }

    fn of(&self, provider: &Provider) -> impl Iterator<Item = &Record> {
        let host = provider.base_url().host();
        let (wire, model) = (provider.wire(), provider.model().to_owned());
        self.records.iter().filter(move |record| record.fits(wire, &host, &model))
    }
}

impl Default for Records {
    fn default() -> Self {
        Self::bundled()
    }
}

impl Record {
    fn fits(&self, wire: Wire, host: &str, model: &str) -> bool {
        let model = match self.model.strip_suffix('*') {
            Some(beginning) => model.starts_with(beginning),
            None => model == self.model,
        };
        self.wire == wire && model && self.host.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(host))
    }

    fn is_sound(&self) -> bool {
        let tokens = |tokens: Option<u64>| tokens.is_none_or(|tokens| (1..=MOST_TOKENS).contains(&tokens));
        let name = |name: &str| !name.is_empty() && name.len() as u64 <= MODEL_NAME_BYTES;
        let capabilities = self
            .capabilities
            .as_ref()
            .is_none_or(|c| tokens(c.context_tokens) && tokens(c.max_output_tokens));
        let prices = self.prices.is_none_or(|prices| {
            [Some(prices.input), Some(prices.output), prices.cache_read, prices.cache_write]
                .into_iter()
                .flatten()
                .all(|price| price <= HIGHEST_PRICE)
        });
        name(&self.model) && self.host.as_deref().is_none_or(name) && capabilities && prices
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::OutputLimit;

    fn provider(wire: Wire, url: &str, model: &str) -> Provider {
        Provider::new("a", wire, url, model).unwrap()
    }

    fn document(records: &str) -> String {
        format!(r#"{{"format":1,"as_of":"2026-01-31","records":[{records}]}}"#)
    }

    #[test]
    fn the_bundled_records_are_sound_and_know_which_models_take_prefill() {
        let records = Records::bundled();
        assert!(!records.as_of().is_empty());
        let claude = |model| provider(Wire::Anthropic, "https://api.anthropic.com", model);
        assert!(records.capabilities(&claude("claude-sonnet-4-5-20250929")).prefill);
        assert!(!records.capabilities(&claude("claude-sonnet-4-6")).prefill);
        assert_eq!(records.prices(&claude("claude-haiku-4-5")).unwrap().input, 1_000_000);
        assert_eq!(records.prices(&claude("claude-of-tomorrow")), None);
        let openai = provider(Wire::OpenAi, "https://api.openai.com/v1", "gpt-of-tomorrow");
        assert_eq!(records.capabilities(&openai).output_limit, OutputLimit::MaxCompletionTokens);
        let llama = provider(Wire::OpenAi, "http://127.0.0.1:8080/v1", "gpt-4o");
        assert_eq!(records.capabilities(&llama), Capabilities::default());
        assert_eq!(records.prices(&llama), None, "another host is another price");
    }

    #[test]
    fn the_first_record_that_has_what_is_looked_for_counts() {
        let records = Records::parse(&document(
            r#"{"wire":"openai","model":"big-1","prices":{"input":1,"output":2,"cache_read":null,"cache_write":null}},
               {"wire":"openai","model":"big-*","capabilities":{"tools":true}},
               {"wire":"openai","model":"*","capabilities":{"images":true}}"#,
        ))
        .unwrap();
        let openai = |model| provider(Wire::OpenAi, "https://a.example/v1", model);
        assert_eq!(records.prices(&openai("big-1")).unwrap().output, 2);
        assert!(records.capabilities(&openai("big-1")).tools);
        assert!(records.capabilities(&openai("small")).images);
        let own = Prices { input: 9, output: 9, cache_read: None, cache_write: None };
        assert_eq!(records.prices(&openai("big-1").with_prices(own)), Some(own));
    }

    #[test]
    fn a_document_is_taken_whole_or_not_at_all() {
        let error = |json: &str| Records::parse(json).unwrap_err();
        assert_eq!(error("{"), RecordsError::Malformed { line: 1 });
        assert_eq!(error(r#"{"format":2,"news":1}"#), RecordsError::Format { format: 2 });
        assert_eq!(error(&document(r#"{"wire":"openai","model":""}"#)), RecordsError::Value { index: 0 });
        let unknown = document(r#"{"wire":"openai","model":"a","capabilities":{"flies":true}}"#);
        assert!(matches!(error(&unknown), RecordsError::Malformed { .. }));
        let none = document(r#"{"wire":"openai","model":"a","capabilities":{"context_tokens":0}}"#);
        assert_eq!(error(&none), RecordsError::Value { index: 0 });
        assert_eq!(
            error(r#"{"format":1,"as_of":"yesterday","records":[]}"#),
            RecordsError::Malformed { line: 0 }
        );
    }

    #[test]
    fn a_document_has_limits() {
        let one = r#"{"wire":"openai","model":"a"}"#;
        let many = |count: usize| Records::parse(&document(&vec![one; count].join(",")));
        let limit = usize::try_from(MODEL_RECORDS).unwrap();
        assert!(many(limit).is_ok());
        assert_eq!(many(limit + 1).unwrap_err().code(), Code::LimitExceeded);
        let bytes = usize::try_from(MODEL_RECORDS_BYTES).unwrap();
        let padded =
            |bytes: usize| Records::parse(&(document(one) + &" ".repeat(bytes - document(one).len())));
        assert!(padded(bytes).is_ok());
        assert_eq!(padded(bytes + 1).unwrap_err().code(), Code::LimitExceeded);
    }
}
