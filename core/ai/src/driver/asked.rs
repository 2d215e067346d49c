//! What one model of a run is asked, and what is known of it.

use crate::estimate::{self, TokenRatios};
use crate::model::{Capabilities, HostModel, Locality, Provider, Records, Request};
use crate::privacy::{MaskCounts, MaskError, Masking};
use crate::resilience::{Gate, GateSettings};
use crate::run::{Candidate, continuation};

use super::guards::Guards;
use super::terms::Model;

/// One model of a run, with what is known of it.
pub(super) struct Asked {
    pub(super) model: Model,
    pub(super) capabilities: Capabilities,
    pub(super) gate: Gate,
    /// Tokens of its prompt as estimated, not corrected by what was learned.
    pub(super) estimated: u64,
}

/// A model of the app does one thing at a time.
const HOST_GATE: GateSettings = GateSettings { foreground: 1, background: 1, together: 1, queue: 16 };

impl Asked {
    /// The model as a run's candidate, with the guards that all runs to it share.
    pub(super) fn new(
        model: Model,
        request: &Request,
        goes_on: bool,
        records: &Records,
        ratios: &TokenRatios,
        guards: &Guards,
    ) -> (Self, Candidate) {
        let capabilities = capabilities(&model, records);
        let adapted = adapted(request, goes_on, &capabilities);
        let texts = || texts(adapted.as_ref().unwrap_or(request));
        let estimated = texts().fold(0_u64, |sum, text| sum.saturating_add(estimate::tokens(text)));
        let most = capabilities.max_output_tokens.unwrap_or(u64::MAX);
        let max_output_tokens = request.max_output_tokens.min(most);
        let (context_tokens, reasoning) = (capabilities.context_tokens, capabilities.reasoning);
        let (provider, name, locality, prices, input_tokens, guard) = match &model {
            Model::Provider(provider) => (
                provider.name().to_owned(),
                provider.model().to_owned(),
                provider.locality(),
                records.prices(provider),
                ratios.corrected(provider.model(), estimated),
                guards.of(provider.name(), provider.base_url().as_str(), GateSettings::default()),
            ),
            Model::Host(host) => {
                let described = host.describe();
                let counted =
                    texts().try_fold(0_u64, |sum, text| Some(sum.saturating_add(host.count(text)?)));
                let guard = guards.of(&described.name, "", HOST_GATE);
                let tokens = counted.unwrap_or_else(|| ratios.corrected(&described.name, estimated));
                (described.name.clone(), described.name, described.locality, None, tokens, guard)
            }
        };
        let candidate = Candidate {
            provider,
            model: name,
            locality,
            context_tokens,
            reasoning,
            prices,
            input_tokens,
            max_output_tokens,
            breaker: guard.breaker,
            budget: guard.budget,
        };
        (Self { model, capabilities, gate: guard.gate, estimated }, candidate)
    }

    /// What this model is asked, and what was masked in it.
    ///
    /// # Errors
    /// [`MaskError`].
    pub(super) fn request(
        &self,
        request: &Request,
        goes_on: bool,
        masking: Option<&mut Masking>,
    ) -> Result<(Request, MaskCounts), MaskError> {
        let mut asked = adapted(request, goes_on, &self.capabilities).unwrap_or_else(|| request.clone());
        asked.max_output_tokens =
            asked.max_output_tokens.min(self.capabilities.max_output_tokens.unwrap_or(u64::MAX));
        let mut counts = MaskCounts::default();
        if let Some(masking) = masking {
            let messages = asked.messages.iter_mut().map(|message| &mut message.text);
            for text in messages.chain(asked.system.as_mut()).chain(asked.stop.iter_mut()) {
                *text = masking.mask(text, &mut counts)?;
            }
        }
        Ok((asked, counts))
    }
}

/// A request that goes on from an answer ends with what was written of it: as this model wants that said.
fn adapted(request: &Request, goes_on: bool, capabilities: &Capabilities) -> Option<Request> {
    goes_on.then(|| continuation(request, "", capabilities.prefill))
}

/// Whether texts to this model are masked where a run has a mask: whatever leaves the app for a network is, however near.
pub(super) fn is_masked(model: &Model, locality: Locality) -> bool {
    match model {
        Model::Provider(_) => true,
        Model::Host(_) => locality != Locality::Device,
    }
}

/// Whether the provider is asked without a key where there is none: near servers mostly want none. One whose setting
/// names a key is not.
pub(super) fn may_go_without_key(provider: &Provider) -> bool {
    provider.locality() != Locality::Cloud && provider.key_variable().is_none()
}

pub(super) fn texts(request: &Request) -> impl Iterator<Item = &str> {
    request.messages.iter().map(|message| message.text.as_str()).chain(request.system.as_deref())
}

fn capabilities(model: &Model, records: &Records) -> Capabilities {
    match model {
        Model::Provider(provider) => records.capabilities(provider),
        Model::Host(host) => of_host(&**host),
    }
}

fn of_host(host: &dyn HostModel) -> Capabilities {
    let described = host.describe();
    Capabilities {
        context_tokens: Some(described.context_tokens),
        max_output_tokens: Some(described.max_output_tokens),
        system: described.system,
        tools: described.tools,
        json: described.json,
        prefill: described.prefill,
        images: described.images,
        ..Capabilities::default()
    }
}
