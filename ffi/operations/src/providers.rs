//! Providers of models, what calls cost and may cost, what was sent.

use writemagic::ai::ledger::{Cap, Caps, Entry, EntryId, EntryState, Spent, Sums, Zone};
use writemagic::ai::model::{Locality, Microdollars, OutputLimit, Prices, Provider, ProviderError, Usage};
use writemagic::ai::privacy::{MaskCounts, SendRecord};
use writemagic::ai::wire::Wire;
use writemagic::{Code, Coded, Details, Timestamp};
use writemagic_boundary::Failure;

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::shape::Shape;
use crate::wire::{Decode, Encode, Input, Malformed, Shaped};

pub(crate) const PART: Part =
    Part { name: "providers", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// A provider of a model, as a library keeps it. Its key is no part of it.
pub(crate) struct ProviderFields {
    /// What the app calls it: letters, digits, hyphens, underscores and dots, at most 64.
    name: String,
    /// Which wire format it speaks.
    wire: Wire,
    /// Where it is, up to the version: `https://api.example.org/v1`.
    base_url: String,
    /// The model, as the provider names it.
    model: String,
    /// How far a text travels to it; as its address says where nothing is given, and never nearer.
    locality: Option<Locality>,
    /// What it costs, where that is not as the engine's records have it.
    prices: Option<Prices>,
    /// The environment variable with its key, for a command line.
    key_variable: Option<String>,
}

impl From<Provider> for ProviderFields {
    fn from(provider: Provider) -> Self {
        Self {
            name: provider.name().to_owned(),
            wire: provider.wire(),
            base_url: provider.base_url().as_str().to_owned(),
            model: provider.model().to_owned(),
            locality: Some(provider.locality()),
            prices: provider.prices(),
            key_variable: provider.key_variable().map(str::to_owned),
        }
    }
}

impl TryFrom<ProviderFields> for Provider {
    type Error = ProviderError;

    fn try_from(fields: ProviderFields) -> Result<Self, ProviderError> {
        let ProviderFields { name, wire, base_url, model, locality, prices, key_variable } = fields;
        let mut provider = Self::new(&name, wire, &base_url, &model)?;
        if let Some(locality) = locality {
            provider = provider.with_locality(locality)?;
        }
        if let Some(prices) = prices {
            provider = provider.with_prices(prices);
        }
        match key_variable {
            Some(variable) => provider.with_key_variable(&variable),
            None => Ok(provider),
        }
    }
}

/// A call in the ledger.
struct LedgerCall {
    /// Its number; calls that came later have larger ones.
    id: EntryId,
    /// What is known of it.
    entry: Entry,
}

/// A request that left, or was about to.
struct SentRequest {
    /// Its number; later ones are larger.
    number: u64,
    /// What is known of it.
    record: SendRecord,
}

/// No time zone has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time zone has this name")]
struct UnknownZone;

impl Coded for UnknownZone {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        Details::none().with("what", "time_zone")
    }
}

impl Shaped for Microdollars {
    const SHAPE: Shape = Shape::U64;
}

impl Encode for Microdollars {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Decode for Microdollars {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        u64::decode(input).map(Self)
    }
}

impl Shaped for EntryId {
    const SHAPE: Shape = Shape::U64;
}

impl Encode for EntryId {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Decode for EntryId {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        u64::decode(input).map(Self)
    }
}

records! {
    both ProviderFields as Provider {
        name: String,
        wire: Wire,
        base_url: String,
        model: String,
        locality: Option<Locality>,
        prices: Option<Prices>,
        key_variable: Option<String>,
    }
    both writemagic::ai::model::Prices as ModelPrices {
        input: u64,
        output: u64,
        cache_read: Option<u64>,
        cache_write: Option<u64>,
    }
    out writemagic::ai::model::Capabilities as ModelCapabilities {
        context_tokens: Option<u64>,
        max_output_tokens: Option<u64>,
        system: bool,
        tools: bool,
        json: bool,
        prefill: bool,
        images: bool,
        reasoning: bool,
        temperature: bool,
        stream_usage: bool,
        output_limit: OutputLimit,
    }
    both writemagic::ai::ledger::Cap as Cap { money: Option<Microdollars>, tokens: Option<u64> }
    both writemagic::ai::ledger::Caps as Caps {
        request: Cap = "Cap()",
        day: Cap = "Cap()",
        month: Cap = "Cap()",
    }
    out writemagic::ai::ledger::Entry as LedgerEntry {
        at: Timestamp,
        provider: String,
        model: String,
        state: EntryState,
        usage: Usage,
        cost: Option<Microdollars>,
    }
    out LedgerCall as LedgerCall { id: EntryId, entry: Entry }
    out writemagic::ai::ledger::Sums as Sums { money: Microdollars, unpriced_tokens: u64 }
    out writemagic::ai::ledger::Spent as Spent { today: Sums, this_month: Sums }
    out writemagic::ai::privacy::SendRecord as SendRecord {
        at: Timestamp,
        provider: String,
        model: String,
        host: String,
        locality: Locality,
        bytes: u64,
        masked: MaskCounts,
    }
    out SentRequest as SentRequest { number: u64, record: SendRecord }
    out writemagic::ai::privacy::MaskCounts as MaskCounts {
        phrases: u64,
        emails: u64,
        phones: u64,
        ibans: u64,
        cards: u64,
        lookalikes: u64,
    }
}

choices! {
    both writemagic::ai::wire::Wire as Wire { 0 OpenAi, 1 Anthropic, 2 Gemini }
    out writemagic::ai::model::OutputLimit as OutputLimit { 0 MaxTokens, 1 MaxCompletionTokens }
    out writemagic::ai::ledger::EntryState as LedgerEntryState { 0 Reserved, 1 Settled, 2 Released }
}

operations! {
    Assistant in LIBRARIES {
        call providers(library) -> Vec<ProviderFields> {
            let providers = library.assistant().providers()?;
            Ok::<_, Failure>(providers.into_iter().map(ProviderFields::from).collect())
        }
        call provider(library, name: String) -> ProviderFields {
            library.assistant().provider(&name).map(ProviderFields::from)
        }
        call set_provider(library, provider: ProviderFields) -> bool {
            Ok::<_, Failure>(library.assistant().set_provider(&provider.try_into()?)?)
        }
        call remove_provider(library, name: String) -> () { library.assistant().remove_provider(&name) }
        call caps(library) -> Caps { library.assistant().caps() }
        call set_caps(library, caps: Caps) -> () { library.assistant().set_caps(caps) }
        call calls(library, before: Option<EntryId>, limit: u64 = "100") -> Vec<LedgerCall> {
            let calls = library.assistant().calls(before, limit)?;
            Ok::<_, Failure>(calls.into_iter().map(|(id, entry)| LedgerCall { id, entry }).collect())
        }
        call sends(library, before: Option<u64>, limit: u64 = "100") -> Vec<SentRequest> {
            let sends = library.assistant().sends(before, limit)?;
            Ok::<_, Failure>(sends.into_iter().map(|(number, record)| SentRequest { number, record }).collect())
        }
    }
    Ledger in LIBRARIES {
        call spent(library) -> Spent { Ok::<_, Failure>(library.assistant().ledger()?.spent()?) }
        /// Changes what a day and a month are, for the calls that come: by the name of a time zone, `Europe/Rome`, or with none to
        /// those of the device.
        call set_zone(library, zone: Option<String>) -> () {
            let zone = match zone {
                Some(name) => Zone::named(&name).ok_or(UnknownZone)?,
                None => Zone::of_system(),
            };
            library.assistant().ledger()?.set_zone(zone);
            Ok::<_, Failure>(())
        }
    }
}
