//! Kinds of failure, and what each of them does.

/// The kind of a failure, by what may help against it; the caller tells it from status, headers and body.
///
/// | Class | Signals | Retry | Breaker | Cooldown | Fallback |
/// | --- | --- | --- | --- | --- | --- |
/// | [`Offline`](Class::Offline) | the host says so; no route or name with no link | no | | | on the device only |
/// | [`StaleSocket`](Class::StaleSocket) | a pooled connection ended before any byte of the answer | once, at once | | | |
/// | [`Connection`](Class::Connection) | refused, reset, no first content in time | yes | failure | | yes |
/// | [`Server`](Class::Server) | 408, 409, 5xx, 529, overloaded | yes | failure | | yes |
/// | [`Throttled`](Class::Throttled) | 429 | up to 60 s | | until told, else 5 s | yes |
/// | [`Quota`](Class::Quota) | 402, insufficient quota, a quota of the day | no | | until the user acts | if allowed |
/// | [`NotAStream`](Class::NotAStream) | success of another content type: a captive portal | no | | | yes |
/// | [`Credentials`](Class::Credentials) | 401, 403, certificate refused | no | | until changed | if allowed |
/// | [`Request`](Class::Request) | 400, 404, 422 | no | | | no |
/// | [`ContextTooLong`](Class::ContextTooLong) | 413, context length exceeded | no | | | larger context |
/// | [`Refused`](Class::Refused) | refusal, content policy, guardrail | no | | | if allowed |
/// | [`BrokenStream`](Class::BrokenStream) | stall, end without proof, error, all after first content | no | failure | | no: offer to continue |
/// | [`Stopped`](Class::Stopped) | the user's cancel, a pause of the app | no | | | no |
///
/// An empty field means: nothing. Where the breaker has nothing, the permit is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// There is no network.
    Offline,
    /// A connection that had been kept open was dead.
    StaleSocket,
    /// A new connection was refused or lost, or gave no content in time.
    Connection,
    /// The server failed or is overloaded.
    Server,
    /// The server is healthy and asks for fewer calls.
    Throttled,
    /// The account has nothing left.
    Quota,
    /// Something else than the server answered.
    NotAStream,
    /// The key or the certificate was refused.
    Credentials,
    /// The request is wrong.
    Request,
    /// The request is too long for the model.
    ContextTooLong,
    /// The model declined to answer.
    Refused,
    /// The answer broke off after content had been shown.
    BrokenStream,
    /// The caller ended the call.
    Stopped,
}

/// What a class does. See the table of [`Class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// Whether the same provider is asked again.
    pub retry: RetryRule,
    /// Whether it counts as a failure of the endpoint; if not, it counts as no call at all.
    pub is_endpoint_failure: bool,
    /// Whether the provider is left alone for a while.
    pub cooldown: CooldownRule,
    /// Whether another provider may be asked.
    pub fallback: FallbackRule,
}

/// Whether the same provider is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryRule {
    /// No.
    Never,
    /// Once, without waiting, on a new connection.
    OnceAtOnce,
    /// With growing waits.
    Backoff(RetryCost),
}

/// How much a retry takes from the [`RetryBudget`](super::RetryBudget), and from where its waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryCost {
    /// The server may be in trouble: retries are dear.
    Transient,
    /// The server is healthy: retries are cheap, and wait longer.
    Throttled,
}

/// Whether the provider is left alone for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CooldownRule {
    /// No.
    None,
    /// For as long as the server asked, or 5 s.
    UntilTold,
    /// Until the user has topped up the account or waited for its quota.
    UntilUserActs,
    /// Until its key, address or certificate was changed.
    UntilChanged,
}

/// Whether another provider may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FallbackRule {
    /// No.
    No,
    /// Yes.
    Yes,
    /// Only a model on the device.
    OnDevice,
    /// Only a model with more room for the request.
    LargerContext,
    /// If the user has allowed it for this case.
    IfAllowed(Consent),
}

/// A case in which falling back is the user's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consent {
    /// The account has nothing left: the next provider costs other money.
    Quota,
    /// The key was refused: the user may prefer to mend it.
    Credentials,
    /// The model declined: asking another one is a decision about content.
    Refusal,
}

impl Class {
    /// What this class does.
    pub const fn handling(self) -> Handling {
        use FallbackRule as Fall;
        use RetryRule::{Backoff, Never, OnceAtOnce};

        let (retry, is_endpoint_failure, cooldown, fallback) = match self {
            Class::Offline => (Never, false, CooldownRule::None, Fall::OnDevice),
            Class::StaleSocket => (OnceAtOnce, false, CooldownRule::None, Fall::No),
            Class::Connection | Class::Server => {
                (Backoff(RetryCost::Transient), true, CooldownRule::None, Fall::Yes)
            }
            Class::Throttled => (Backoff(RetryCost::Throttled), false, CooldownRule::UntilTold, Fall::Yes),
            Class::Quota => (Never, false, CooldownRule::UntilUserActs, Fall::IfAllowed(Consent::Quota)),
            Class::NotAStream => (Never, false, CooldownRule::None, Fall::Yes),
            Class::Credentials => {
                (Never, false, CooldownRule::UntilChanged, Fall::IfAllowed(Consent::Credentials))
            }
            Class::Request => (Never, false, CooldownRule::None, Fall::No),
            Class::ContextTooLong => (Never, false, CooldownRule::None, Fall::LargerContext),
            Class::Refused => (Never, false, CooldownRule::None, Fall::IfAllowed(Consent::Refusal)),
            Class::BrokenStream => (Never, true, CooldownRule::None, Fall::No),
            Class::Stopped => (Never, false, CooldownRule::None, Fall::No),
        };
        Handling { retry, is_endpoint_failure, cooldown, fallback }
    }

    /// Whether a server's wish to be asked again or not counts for this class. It does not where no answer came, nor
    /// once content was shown: a second answer would be text and bill twice.
    pub(super) const fn heeds_server(self) -> bool {
        !matches!(self, Class::Offline | Class::StaleSocket | Class::BrokenStream | Class::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::*;

    const ALL: [Class; 13] = [
        Offline,
        StaleSocket,
        Connection,
        Server,
        Throttled,
        Quota,
        NotAStream,
        Credentials,
        Request,
        ContextTooLong,
        Refused,
        BrokenStream,
        Stopped,
    ];

    fn those(test: impl Fn(Handling) -> bool) -> Vec<Class> {
        ALL.into_iter().filter(|class| test(class.handling())).collect()
    }

    #[test]
    fn only_trouble_of_the_server_counts_against_it() {
        assert_eq!(those(|class| class.is_endpoint_failure), [Connection, Server, BrokenStream]);
    }

    #[test]
    fn only_what_may_pass_by_itself_is_asked_again() {
        assert_eq!(
            those(|class| class.retry != RetryRule::Never),
            [StaleSocket, Connection, Server, Throttled]
        );
    }

    #[test]
    fn only_quota_keys_and_rates_keep_a_provider_out() {
        assert_eq!(those(|class| class.cooldown != CooldownRule::None), [Throttled, Quota, Credentials]);
    }

    #[test]
    fn what_another_provider_would_refuse_as_well_does_not_go_there() {
        assert_eq!(
            those(|class| class.fallback == FallbackRule::No),
            [StaleSocket, Request, BrokenStream, Stopped]
        );
    }
}
