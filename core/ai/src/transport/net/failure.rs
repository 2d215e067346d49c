//! What a client's error means.

use std::error::Error;
use std::io;

use crate::stream::{Failure, FailureClass};

/// The class of an error before a byte of the response came. `kept`: whether the request may have gone out on a connection
/// that was open before.
pub(super) fn before_head(error: &reqwest::Error, kept: bool) -> Failure {
    let class = if error.is_dns() {
        FailureClass::Offline
    } else if let Some(class) = chain(error).find_map(of_cause) {
        class
    } else if kept && !error.is_connect() && !error.is_timeout() {
        FailureClass::StaleSocket
    } else {
        FailureClass::Connection
    };
    Failure::new(class)
}

fn of_cause(cause: &(dyn Error + 'static)) -> Option<FailureClass> {
    let inner = cause.downcast_ref::<io::Error>().and_then(|error| {
        let inner = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
        inner.and_then(of_cause).or(match error.kind() {
            io::ErrorKind::NetworkDown
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable => Some(FailureClass::Offline),
            _ => None,
        })
    });
    inner.or_else(|| match cause.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Some(FailureClass::Certificate)
        }
        _ => None,
    })
}

/// The error and its causes.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
