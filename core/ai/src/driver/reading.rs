//! What a model says, on its way into the run.

use crate::privacy::{Masking, Unmasking};
use crate::resilience::Moment;
use crate::run::{OverlapTrim, Run};
use crate::stream::Event;

/// Puts masked values back and takes off what a continuation repeats. Pieces of tool calls pass as they are: no request of
/// the engine names a tool.
#[derive(Debug, Default)]
pub(super) struct Reading {
    text: Option<Unmasking>,
    reasoning: Option<Unmasking>,
    trim: Option<OverlapTrim>,
}

impl Reading {
    /// For one answer: to a request that was masked, or one that goes on from `written`.
    pub(super) fn new(masking: Option<&Masking>, written: Option<&str>) -> Self {
        Self {
            text: masking.map(Masking::unmasking),
            reasoning: masking.map(Masking::unmasking),
            trim: written.map(OverlapTrim::new),
        }
    }

    /// Tells the run what this event means.
    pub(super) fn read(&mut self, event: Event<'_>, run: &mut Run, attempt: u32, now: Moment) {
        match event {
            Event::Text(piece) => {
                let text = self.text(piece);
                let text = text.as_deref().unwrap_or(piece);
                match text.is_empty() {
                    true => run.content_held_back(attempt, now),
                    false => run.event(attempt, Event::Text(text), now),
                }
            }
            Event::Reasoning(piece) => {
                let text = self.reasoning.as_mut().map(|unmasking| {
                    let mut text = String::new();
                    unmasking.push(piece, &mut text);
                    text
                });
                let text = text.as_deref().unwrap_or(piece);
                match text.is_empty() {
                    true => run.content_held_back(attempt, now),
                    false => run.event(attempt, Event::Reasoning(text), now),
                }
            }
            Event::End(_) => {
                self.finish(run, attempt, now);
                run.event(attempt, event, now);
            }
            event => run.event(attempt, event, now),
        }
    }

    /// The answer is over, or given up: what was held back is told.
    pub(super) fn finish(&mut self, run: &mut Run, attempt: u32, now: Moment) {
        let mut held = String::new();
        if let Some(unmasking) = &mut self.reasoning {
            unmasking.finish(&mut held);
        }
        if !held.is_empty() {
            run.event(attempt, Event::Reasoning(&held), now);
        }
        let mut held = String::new();
        if let Some(unmasking) = &mut self.text {
            unmasking.finish(&mut held);
        }
        if let Some(trim) = &mut self.trim {
            held = trim.push(&held) + &trim.finish();
        }
        if !held.is_empty() {
            run.event(attempt, Event::Text(&held), now);
        }
    }

    /// The piece unmasked and trimmed; [`None`] where neither is wanted.
    fn text(&mut self, piece: &str) -> Option<String> {
        let unmasked = self.text.as_mut().map(|unmasking| {
            let mut text = String::new();
            unmasking.push(piece, &mut text);
            text
        });
        match &mut self.trim {
            Some(trim) => Some(trim.push(unmasked.as_deref().unwrap_or(piece))),
            None => unmasked,
        }
    }
}
