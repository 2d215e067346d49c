//! Which hosts may have a connection that is kept open.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::POOL_IDLE;

/// Origins that are remembered at most; a device talks to a few.
const ORIGINS: usize = 32;

/// When each origin last had a connection that was put back. A request that fails on such a connection before a byte of
/// its response may simply have met the server's own idle timer, and is worth a new connection at once.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Vec<(String, Instant)>>);

impl Kept {
    pub(super) fn remember(&self, origin: &str) {
        let mut kept = self.lock();
        let now = Instant::now();
        kept.retain(|(other, since)| other != origin && now.duration_since(*since) <= POOL_IDLE);
        if kept.len() >= ORIGINS {
            kept.remove(0);
        }
        kept.push((origin.to_owned(), now));
    }

    pub(super) fn may_have(&self, origin: &str) -> bool {
        let now = Instant::now();
        // One second more than the pool keeps them: the request was sent before its failure is seen.
        let longest = POOL_IDLE + std::time::Duration::from_secs(1);
        self.lock().iter().any(|(other, since)| other == origin && now.duration_since(*since) <= longest)
    }

    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_is_remembered_for_as_long_as_its_connection_may_be_kept() {
        let kept = Kept::default();
        kept.remember("https://a.example");
        assert!(kept.may_have("https://a.example") && !kept.may_have("https://b.example"));
        tokio::time::advance(POOL_IDLE).await;
        assert!(kept.may_have("https://a.example"));
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        assert!(!kept.may_have("https://a.example"));
        for n in 0..=ORIGINS {
            kept.remember(&n.to_string());
        }
        assert!(!kept.may_have("0") && kept.may_have("1"));
        kept.forget();
        assert!(!kept.may_have("1"));
    }
}
