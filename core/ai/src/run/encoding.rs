//! Head and tail of a run as bytes.
//!
//! Each is one checksummed record, of kind 1 or 2, whose payload begins with varint(format, 1). The head: zigzag(started),
//! provider, model, a byte (ceiling), a byte (masked), a byte (0, or 1 and the 16 bytes of the run that it continues), a byte (0, or 1 and
//! the system text), varint(messages) and for each a byte (role) and its text, varint(longest answer), a byte (0, or 1 and 4
//! bytes of temperature), varint(stop sequences) and each. The tail: zigzag(ended), a byte (state), a byte (reason, 0 for
//! none), varint(code, 0 for none), a byte (resumable), a byte (0, or 1 and the six values of the usage), a byte (0, or 1
//! and varint(cost)). Texts have their length in bytes before them. What reads this believes nothing.

use writemagic_shared::codec::frame::{self, Frames};
use writemagic_shared::codec::{DecodeError, Reader, put_varint, unzigzag, zigzag};
use writemagic_shared::error::Code;
use writemagic_shared::id::RunId;
use writemagic_shared::limits::{REQUEST_BYTES, RUN_HEAD_BYTES, RUN_TAIL_BYTES, SERVICE_NAME_BYTES};
use writemagic_shared::runtime::Timestamp;

use crate::model::{Locality, Message, Microdollars, Request, Role, Usage};
use crate::service_name;
use crate::stream::StopReason;

use super::record::{RunHead, RunState, RunTail};
use super::store::RunError;

const FORMAT: u64 = 1;
const HEAD: u8 = 1;
const TAIL: u8 = 2;
/// The most turns of a conversation.
const MESSAGES: u64 = 65_536;
/// The most stop sequences; requests have at most 4.
const STOPS: u64 = 64;

/// Reasons by their numbers, from 1. New ones go to the end.
const REASONS: [StopReason; 7] = [
    StopReason::Answered,
    StopReason::StopSequence,
    StopReason::OutputLimit,
    StopReason::ContextFull,
    StopReason::ToolCall,
    StopReason::Paused,
    StopReason::Other,
];
const STATES: [RunState; 4] =
    [RunState::Completed, RunState::Interrupted, RunState::Cancelled, RunState::Failed];
const CEILINGS: [Locality; 3] = [Locality::Device, Locality::Lan, Locality::Cloud];

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_place<T: PartialEq>(out: &mut Vec<u8>, all: &[T], one: &T) {
    let place = all.iter().position(|other| other == one).unwrap_or_default();
    out.push(u8::try_from(place).unwrap_or_default());
}

fn framed(kind: u8, payload: &[u8], what: &'static str, limit: u64) -> Result<Vec<u8>, RunError> {
    RunError::check_limit(what, payload.len() as u64, limit)?;
    let mut out = Vec::with_capacity(payload.len() + frame::OVERHEAD);
    frame::put(&mut out, kind, payload).map_err(|long| RunError::LimitExceeded {
        what,
        value: long.length,
        limit,
    })?;
    Ok(out)
}

fn unframed(bytes: &[u8], kind: u8, limit: u64) -> Result<&[u8], RunError> {
    let damaged = |_| RunError::Damaged { reason: "the record is not whole" };
    let mut frames = Frames::new(bytes, u32::try_from(limit).unwrap_or(u32::MAX));
    let frame = frames.read().map_err(damaged)?.ok_or(RunError::Damaged { reason: "there is nothing" })?;
    if frames.read().map_err(damaged)?.is_some() {
        return Err(RunError::Damaged { reason: "something stands behind it" });
    }
    if frame.kind != kind {
        return Err(RunError::Damaged { reason: "of another kind" });
    }
    Ok(frame.payload)
}

impl RunHead {
    /// The bytes that keep it; the same for the same head.
    ///
    /// # Errors
    /// [`RunError::LimitExceeded`] over [`RUN_HEAD_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, RunError> {
        let mut out = Vec::new();
        put_varint(&mut out, FORMAT);
        put_varint(&mut out, zigzag(self.started.as_millis()));
        put_text(&mut out, &service_name::bounded(&self.provider));
        put_text(&mut out, &service_name::bounded(&self.model));
        put_place(&mut out, &CEILINGS, &self.ceiling);
        out.push(u8::from(self.masked));
        out.push(u8::from(self.continues.is_some()));
        if let Some(run) = &self.continues {
            out.extend_from_slice(run.as_bytes());
        }
        let request = &self.request;
        out.push(u8::from(request.system.is_some()));
        if let Some(system) = &request.system {
            put_text(&mut out, system);
        }
        RunError::check_limit("messages", request.messages.len() as u64, MESSAGES)?;
        put_varint(&mut out, request.messages.len() as u64);
        for message in &request.messages {
            out.push(u8::from(message.role == Role::Assistant));
            put_text(&mut out, &message.text);
        }
        put_varint(&mut out, request.max_output_tokens);
        out.push(u8::from(request.temperature.is_some()));
        if let Some(temperature) = request.temperature {
            out.extend_from_slice(&temperature.to_bits().to_le_bytes());
        }
        RunError::check_limit("stop_sequences", request.stop.len() as u64, STOPS)?;
        put_varint(&mut out, request.stop.len() as u64);
        for stop in &request.stop {
            put_text(&mut out, stop);
        }
        framed(HEAD, &out, "run_head_bytes", RUN_HEAD_BYTES)
    }

    /// Reads what [`RunHead::encode`] wrote, and nothing else. Takes memory in proportion to the bytes.
    ///
    /// # Errors
    /// [`RunError::Damaged`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RunError> {
        let mut values = Values::new(unframed(bytes, HEAD, RUN_HEAD_BYTES)?)?;
        let started = values.time()?;
        let provider = values.text(SERVICE_NAME_BYTES)?;
        let model = values.text(SERVICE_NAME_BYTES)?;
        let ceiling = values.one_of(&CEILINGS)?;
        let masked = values.truth()?;
        let continues = values.truth()?.then(|| values.id()).transpose()?;
        let system = values.truth()?.then(|| values.text(REQUEST_BYTES)).transpose()?;
        let count = values.number(MESSAGES)?;
        let mut messages = Vec::new();
        for _ in 0..count {
            let role = if values.truth()? { Role::Assistant } else { Role::User };
            messages.push(Message { role, text: values.text(REQUEST_BYTES)? });
        }
        let max_output_tokens = values.number(u64::MAX)?;
        let temperature = values.truth()?.then(|| values.float()).transpose()?;
        let count = values.number(STOPS)?;
        let mut stop = Vec::new();
        for _ in 0..count {
            stop.push(values.text(REQUEST_BYTES)?);
        }
        values.finish()?;
        let request = Request { system, messages, max_output_tokens, temperature, stop };
        Ok(Self { started, provider, model, ceiling, masked, continues, request })
    }
}

impl RunTail {
    /// The bytes that keep it; the same for the same tail.
    ///
    /// # Errors
    /// None in practice: a tail is far shorter than [`RUN_TAIL_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, RunError> {
        let mut out = Vec::new();
        put_varint(&mut out, FORMAT);
        put_varint(&mut out, zigzag(self.ended.as_millis()));
        put_place(&mut out, &STATES, &self.state);
        let reason = self.reason.and_then(|reason| REASONS.iter().position(|other| *other == reason));
        put_varint(&mut out, reason.map_or(0, |place| place as u64 + 1));
        put_varint(&mut out, self.error.map_or(0, |code| u64::from(code.number())));
        out.push(u8::from(self.resumable));
        out.push(u8::from(self.usage.is_some()));
        if let Some(usage) = &self.usage {
            for value in [
                usage.input_tokens,
                usage.cache_read_tokens,
                usage.cache_write_tokens,
                usage.output_tokens,
                usage.reasoning_tokens,
            ] {
                put_varint(&mut out, value);
            }
            out.push(u8::from(usage.estimated));
        }
        out.push(u8::from(self.cost.is_some()));
        if let Some(cost) = self.cost {
            put_varint(&mut out, cost.0);
        }
        framed(TAIL, &out, "run_tail_bytes", RUN_TAIL_BYTES)
    }

    /// Reads what [`RunTail::encode`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`RunError::Damaged`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RunError> {
        let mut values = Values::new(unframed(bytes, TAIL, RUN_TAIL_BYTES)?)?;
        let ended = values.time()?;
        let state = values.one_of(&STATES)?;
        let reason = values.number(REASONS.len() as u64)?;
        let reason = usize::try_from(reason).ok().and_then(|number| number.checked_sub(1));
        let reason = reason.and_then(|place| REASONS.get(place).copied());
        let code = values.number(u64::from(u16::MAX))?;
        let error = Code::ALL.iter().copied().find(|known| u64::from(known.number()) == code);
        let resumable = values.truth()?;
        let usage = values.truth()?.then(|| values.usage()).transpose()?;
        let cost = values.truth()?.then(|| values.number(u64::MAX)).transpose()?.map(Microdollars);
        values.finish()?;
        Ok(Self { ended, state, reason, error, resumable, usage, cost })
    }
}

/// The values of a payload, none of which is believed.
struct Values<'a>(Reader<'a>);

impl<'a> Values<'a> {
    fn new(payload: &'a [u8]) -> Result<Self, RunError> {
        let mut values = Self(Reader::new(payload));
        if values.number(u64::MAX)? != FORMAT {
            return Err(RunError::Damaged { reason: "of a newer format" });
        }
        Ok(values)
    }

    fn number(&mut self, most: u64) -> Result<u64, RunError> {
        self.0.varint_up_to(most).map_err(damaged)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RunError> {
        let bytes = self.0.bytes(N as u64).map_err(damaged)?;
        bytes.first_chunk().copied().ok_or(damaged(DecodeError::Truncated))
    }

    fn truth(&mut self) -> Result<bool, RunError> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(RunError::Damaged { reason: "a truth is neither 0 nor 1" }),
        }
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Result<T, RunError> {
        let [place] = self.array()?;
        all.get(usize::from(place)).copied().ok_or(RunError::Damaged { reason: "an unknown word" })
    }

    fn time(&mut self) -> Result<Timestamp, RunError> {
        Ok(Timestamp::from_millis(unzigzag(self.number(u64::MAX)?)))
    }

    fn id(&mut self) -> Result<RunId, RunError> {
        Ok(RunId::from_bytes(self.array()?))
    }

    fn float(&mut self) -> Result<f32, RunError> {
        Ok(f32::from_bits(u32::from_le_bytes(self.array()?)))
    }

    fn usage(&mut self) -> Result<Usage, RunError> {
        Ok(Usage {
            input_tokens: self.number(u64::MAX)?,
            cache_read_tokens: self.number(u64::MAX)?,
            cache_write_tokens: self.number(u64::MAX)?,
            output_tokens: self.number(u64::MAX)?,
            reasoning_tokens: self.number(u64::MAX)?,
            estimated: self.truth()?,
        })
    }

    fn text(&mut self, most: u64) -> Result<String, RunError> {
        let length = self.number(most)?;
        let bytes = self.0.bytes(length).map_err(damaged)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(RunError::Damaged { reason: "a text is not UTF-8" }),
        }
    }

    fn finish(&self) -> Result<(), RunError> {
        if self.0.is_empty() { Ok(()) } else { Err(RunError::Damaged { reason: "something is left" }) }
    }
}

fn damaged(error: DecodeError) -> RunError {
    RunError::Damaged {
        reason: match error {
            DecodeError::Truncated => "it ends inside a value",
            DecodeError::Overlong => "a number has more than 64 bits",
            _ => "a number is over its bound",
        },
    }
}
