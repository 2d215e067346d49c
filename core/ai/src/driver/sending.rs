//! How an attempt leaves: cleared, masked, with its key, and written down before its first byte.

use std::sync::Arc;

use writemagic_shared::error::Coded as _;

use crate::key::KeyError;
use crate::model::{
    Availability, HostAnswer, HostError, HostModel, Locality, Provider, Request, UnavailableReason,
};
use crate::privacy::{Destination, Located, MaskCounts, SendRecord};
use crate::resilience::Slot;
use crate::run::{RunError, Unsent};
use crate::transport::HttpRequest;
use crate::wire::{self, Wire};

use super::asked::{may_go_without_key, texts};
use super::exchange::{Attempt, Exchange, HostCalled};
use super::pump::{Pump, failed};
use super::terms::Model;

/// A model of a run, as the ceiling looks at it.
struct Place(Locality);

impl Located for Place {
    fn locality(&self) -> Locality {
        self.0
    }
}

impl Pump {
    /// Sends the attempt whose turn it is, or says why not.
    pub(super) fn send(&mut self, attempt: Attempt, slot: Slot) {
        let now = self.now();
        if !self.run.turn_came(attempt.number, now) {
            return;
        }
        if let Err(why) = self.try_send(attempt, slot) {
            let now = self.now();
            self.run.unsent(attempt.number, why, now);
        }
    }

    fn try_send(&mut self, attempt: Attempt, slot: Slot) -> Result<(), Unsent> {
        let masks = self.begun.is_masked(attempt.candidate);
        let begun = &mut self.begun;
        let (Some(asked), Some(&locality)) =
            (begun.asked.get(attempt.candidate), begun.localities.get(attempt.candidate))
        else {
            return Err(Unsent::NoTransport);
        };
        let place = Place(locality);
        // The run has asked before it began the attempt; what sends wants to see the answer.
        let cleared = begun.ceiling.clear(&place).map_err(Unsent::Ceiling)?;
        let head = begun.journal.head();
        let masking = begun.masking.as_mut().filter(|_| masks);
        let (request, masked) =
            asked.request(&head.request, head.continues.is_some(), masking).map_err(Unsent::Mask)?;
        match asked.model.clone() {
            Model::Provider(provider) => {
                let mut http =
                    wire::request(&provider, &asked.capabilities, &request).map_err(Unsent::Request)?;
                drop(request);
                let transport = self.shared.transport.reach(&cleared).clone().ok_or(Unsent::NoTransport)?;
                self.put_key(&provider, &mut http).map_err(Unsent::Key)?;
                let (name, model) = (provider.name(), provider.model());
                let host = provider.base_url().host();
                let to = Destination { provider: name, model, host: &host, locality };
                self.write_down(&to, http.body().len() as u64, masked)?;
                let reading = self.begun.reading(attempt.candidate);
                let now = self.now();
                self.run.sent(attempt.number, now);
                // No transport tells when it is connected: each watches over that itself.
                self.run.connected(attempt.number, now);
                if attempt.on_new_connection {
                    transport.forget_connections();
                }
                let sending = transport.send(http);
                self.exchange = Exchange::Sent { attempt, sending, reading, slot };
            }
            Model::Host(model) => {
                let name = model.describe().name;
                let to = Destination { provider: &name, model: &name, host: "", locality };
                let bytes: usize = texts(&request).map(str::len).sum();
                self.write_down(&to, bytes as u64, masked)?;
                let reading = self.begun.reading(attempt.candidate);
                let now = self.now();
                self.run.sent(attempt.number, now);
                self.run.connected(attempt.number, now);
                match call(&model, &request) {
                    Ok((call, answer)) => {
                        self.exchange = Exchange::Host { attempt, call, answer, reading, slot };
                    }
                    Err(error) => self.run.event(attempt.number, failed(error.failure()), now),
                }
            }
        }
        Ok(())
    }

    /// Writes the key into the request, and wipes it.
    fn put_key(&self, provider: &Provider, http: &mut HttpRequest) -> Result<(), KeyError> {
        let key = match self.shared.keys.key(provider.name()) {
            Ok(key) => key,
            Err(KeyError::Missing) if may_go_without_key(provider) => return Ok(()),
            Err(error) => return Err(error),
        };
        let header = match provider.wire() {
            Wire::OpenAi => key.bearer(),
            Wire::Anthropic | Wire::Gemini => key.plain(),
        };
        http.set_header(provider.wire().key_header().name, header.expose());
        Ok(())
    }

    /// Says in the journal who is asked, and in the send log what leaves.
    fn write_down(&mut self, to: &Destination<'_>, bytes: u64, masked: MaskCounts) -> Result<(), Unsent> {
        let asks = self.begun.journal.asks(to.provider, to.model);
        asks.map_err(|error: RunError| Unsent::Store(error.code()))?;
        // A model in the app, on the device: nothing leaves.
        if to.host.is_empty() && to.locality == Locality::Device {
            return Ok(());
        }
        let record = SendRecord::new(self.shared.clock.now(), to, bytes, masked);
        self.shared.send_log.record(&record).map_err(|error| Unsent::Store(error.code()))
    }
}

/// Asks a model of the app, if it can be asked now.
fn call(model: &Arc<dyn HostModel>, request: &Request) -> Result<(HostCalled, HostAnswer), HostError> {
    match model.availability() {
        Availability::Available => {}
        Availability::Unavailable(reason) => return Err(HostError::Unavailable(reason)),
        Availability::Downloadable | Availability::Downloading { .. } => {
            return Err(HostError::Unavailable(UnavailableReason::NotReady));
        }
    }
    let (sink, answer) = HostAnswer::channel();
    let call = model.generate(request, sink)?;
    Ok((HostCalled { model: Arc::clone(model), call }, answer))
}
