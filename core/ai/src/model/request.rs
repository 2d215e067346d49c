//! What a model is asked.

use std::fmt;

/// Who speaks in a [`Message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The writer, or the engine for them.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation. Its text is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What they say.
    pub text: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("role", &self.role).field("bytes", &self.text.len()).finish()
    }
}

/// What a model is asked, in no provider's own words. Its texts are left out of debug output.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The standing instruction, before the conversation.
    pub system: Option<String>,
    /// The conversation, oldest turn first; the last is the one to answer. A last turn of
    /// [`Role::Assistant`] is a prefill, which few models take.
    pub messages: Vec<Message>,
    /// The longest answer, in tokens, reasoning included.
    pub max_output_tokens: u64,
    /// How freely the model chooses its words, as the provider defines it; its default when absent.
    pub temperature: Option<f32>,
    /// Ends the answer where the model writes one of these; at most 4.
    pub stop: Vec<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("system_bytes", &self.system.as_ref().map(String::len))
            .field("messages", &self.messages)
            .field("max_output_tokens", &self.max_output_tokens)
            .field("temperature", &self.temperature)
            .field("stop_sequences", &self.stop.len())
            .finish()
    }
}
