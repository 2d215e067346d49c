//! The engine's own HTTP client: HTTP/1.1 and 2, TLS by rustls with ring.
//!
//! It trusts what the system trusts, takes its proxy from the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), and
//! keeps connections open for 15 seconds at most: longer ones are dead too often on a phone. Plain http, which goes to
//! near addresses alone, never takes a proxy: it would show the texts to it. It follows redirects to the same origin that
//! keep the method (307, 308), retries nothing, and takes no cookies, no compression and no key log.

mod failure;
mod kept;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, ClientBuilder, Url, Version};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use writemagic_shared::error::{Code, Coded, Details};
use zeroize::Zeroizing;

use crate::stream::{Failure, FailureClass};

use super::{HttpRequest, Response, ResponseBody, ResponseHead, Sending, Transport};
use kept::Kept;

/// How long a connection is waited for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept open for the next request.
const POOL_IDLE: Duration = Duration::from_secs(15);
const POOL_PER_HOST: usize = 2;
/// How far an HTTP/2 server may run ahead of the reader, for one stream and for all of a connection.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
const REDIRECTS: usize = 3;

/// Whose certificates count.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the system trusts.
    #[default]
    System,
    /// Those that were issued by one of these alone, each in DER: a server of one's own.
    Only(Vec<Vec<u8>>),
}

/// Why there can be no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// Android's certificate store was not made ready; see `android_trust_is_ready` there.
    #[error("Android's certificate store is not ready: the app has to hand in its context first")]
    TrustNotReady,
    /// A certificate of [`Trust::Only`] is none.
    #[error("a certificate to be trusted is not one")]
    Certificate,
    /// The client could not be built.
    #[error("the HTTP client could not be built")]
    Client,
}

impl Coded for NetError {
    fn code(&self) -> Code {
        match self {
            NetError::TrustNotReady => Code::TransportUnavailable,
            NetError::Certificate => Code::InvalidArgument,
            NetError::Client => Code::Internal,
        }
    }

    fn details(&self) -> Details {
        Details::none()
    }
}

#[cfg(target_os = "android")]
static ANDROID_TRUST: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Says that `rustls_platform_verifier::android` was given the app's context. Before that no client can be made on Android:
/// its first handshake would panic.
#[cfg(target_os = "android")]
pub fn android_trust_is_ready() {
    // Release, and Acquire in `tls`: who sees it also sees what the app has handed in before.
    ANDROID_TRUST.store(true, std::sync::atomic::Ordering::Release);
}

/// An HTTP client. Its futures have to be polled on a tokio runtime with I/O and time.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use writemagic_ai::transport::net::{Net, Trust};
/// use writemagic_ai::transport::{HttpRequest, Transport};
///
/// let net = Net::new(Trust::System)?;
/// let request = HttpRequest::post("https://api.example.com/v1/chat/completions".into(), "{}");
/// let response = net.send(request).await?;
/// assert_eq!(response.head().status(), 401);
/// # Ok(())
/// # }
/// ```
pub struct Net {
    tls: ClientConfig,
    clients: RwLock<Clients>,
    kept: Arc<Kept>,
}

#[derive(Clone)]
struct Clients {
    /// For https.
    far: Client,
    /// For plain http to near addresses, which takes no proxy.
    near: Client,
}

impl Net {
    /// A client that trusts as it is told. Reads the system's certificates; where there are none, every https request fails
    /// as [`FailureClass::Certificate`].
    ///
    /// # Errors
    /// [`NetError`].
    pub fn new(trust: Trust) -> Result<Self, NetError> {
        let tls = tls(trust)?;
        let clients = RwLock::new(Clients::new(&tls)?);
        Ok(Self { tls, clients, kept: Arc::default() })
    }

    fn client(&self, plain: bool) -> Client {
        // A client is put in whole or not at all.
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        if plain { clients.near.clone() } else { clients.far.clone() }
    }
}

impl Clients {
    fn new(tls: &ClientConfig) -> Result<Self, NetError> {
        let build = |builder: ClientBuilder| builder.build().map_err(|_| NetError::Client);
        Ok(Self { far: build(builder(tls))?, near: build(builder(tls).no_proxy())? })
    }
}

fn builder(tls: &ClientConfig) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_PER_HOST)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .tcp_nodelay(true)
        .retry(reqwest::retry::never())
        .redirect(Policy::custom(same_origin))
        .referer(false)
}

fn tls(trust: Trust) -> Result<ClientConfig, NetError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| NetError::Client)?;
    let mut roots = RootCertStore::empty();
    let config = match trust {
        Trust::System => {
            #[cfg(target_os = "android")]
            // Acquire: see `android_trust_is_ready`.
            if !ANDROID_TRUST.load(std::sync::atomic::Ordering::Acquire) {
                return Err(NetError::TrustNotReady);
            }
            match Verifier::new(provider) {
                Ok(verifier) => config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
                // No certificate of the system's: plain http to this device works all the same.
                Err(_) => config.with_root_certificates(roots),
            }
        }
        Trust::Only(certificates) => {
            for certificate in certificates {
                roots.add(CertificateDer::from(certificate)).map_err(|_| NetError::Certificate)?;
            }
            config.with_root_certificates(roots)
        }
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Follows a redirect that sends the same request to the same origin; any other is the response.
fn same_origin(attempt: Attempt<'_>) -> Action {
    let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
    let asked = attempt.previous().first().map(Url::origin);
    let same = asked.is_some_and(|asked| asked == attempt.url().origin());
    if keeps_method && same && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

impl Transport for Net {
    fn send(&self, request: HttpRequest) -> Sending {
        let client = Url::parse(request.url()).map(|url| (self.client(url.scheme() == "http"), url));
        let kept = Arc::clone(&self.kept);
        Box::pin(async move {
            // A URL or a header that is none comes from a provider's setting; no connection was tried for it.
            let invalid = Failure::new(FailureClass::Request);
            let (client, url) = client.map_err(|_| invalid)?;
            let headers = headers(&request).ok_or(invalid)?;
            let origin = url.origin().ascii_serialization();
            let sent = client.post(url).headers(headers).body(request.body().clone()).send().await;
            drop(request);
            let response = sent.map_err(|error| failure::before_head(&error, kept.may_have(&origin)))?;
            if response.version() == Version::HTTP_2 {
                kept.remember(&origin);
            }
            let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
            let headers: Vec<(String, String)> = response
                .headers()
                .iter()
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
                .collect();
            let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let head = ResponseHead::new(response.status().as_u16(), pairs);
            let body = http::Response::<reqwest::Body>::from(response).into_body();
            Ok(Response::new(head, NetBody { body, kept, origin, ended: false }))
        })
    }

    fn forget_connections(&self) {
        // What could be built once can be built again; if it cannot, old connections are better than none.
        if let Ok(clients) = Clients::new(&self.tls) {
            *self.clients.write().unwrap_or_else(PoisonError::into_inner) = clients;
            self.kept.forget();
        }
    }
}

/// The request's headers. The client does not show them, and they are wiped when it drops them.
fn headers(request: &HttpRequest) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let bytes = Bytes::from_owner(Zeroizing::new(value.as_bytes().to_vec()));
        let mut value = HeaderValue::from_maybe_shared(bytes).ok()?;
        value.set_sensitive(!matches!(name, "content-type" | "accept" | "user-agent"));
        headers.insert(HeaderName::from_static(name), value);
    }
    Some(headers)
}

struct NetBody {
    body: reqwest::Body,
    kept: Arc<Kept>,
    origin: String,
    ended: bool,
}

impl ResponseBody for NetBody {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        while !self.ended {
            match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                // Trailers say nothing that is needed.
                Some(Ok(frame)) => {
                    if let Ok(chunk) = frame.into_data()
                        && !chunk.is_empty()
                    {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Some(Err(_)) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(Failure::new(FailureClass::Connection))));
                }
                None => {
                    self.ended = true;
                    self.kept.remember(&self.origin);
                }
            }
        }
        Poll::Ready(None)
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net").finish_non_exhaustive()
    }
}
