//! A server on this machine, with TLS, that answers as a test wrote it down.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Instant;
use writemagic_ai::model::Provider;
use writemagic_ai::transport::net::{Net, Trust};
use writemagic_ai::wire::Wire;

use crate::http::{Certificate, Stream, certificate, read_request};
use crate::rig::PRICES;

/// What the server does with one request, one after another.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these bytes and flushes them.
    Write(Vec<u8>),
    /// Writes them one by one, each in a packet of its own as far as the system lets it.
    Slowly(Vec<u8>),
    /// Waits until the test says so.
    Wait,
    /// Waits until the client closes its end, and notes that.
    UntilClosed,
    /// Closes the connection without a word (no end of TLS, no end of the body), with a reset.
    Reset,
}

pub(crate) struct Server {
    pub(crate) provider: Provider,
    pub(crate) net: Arc<Net>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    scripts: Mutex<Vec<Vec<Act>>>,
    requests: Mutex<Vec<(Instant, String)>>,
    connections: AtomicUsize,
    go_on: Notify,
    closed: Notify,
    saw_close: AtomicBool,
}

impl Server {
    /// A server with TLS that answers request after request, and as the last time from then on.
    pub(crate) async fn new(scripts: Vec<Vec<Act>>) -> Self {
        let Certificate { der, acceptor } = certificate(&["http/1.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { scripts: Mutex::new(scripts), ..Shared::default() });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                socket.set_nodelay(true).unwrap();
                let (acceptor, shared) = (acceptor.clone(), Arc::clone(&serving));
                tokio::spawn(async move {
                    if let Ok(mut stream) = acceptor.accept(socket).await {
                        while let Some(request) = read_request(&mut stream).await {
                            shared.requests.lock().unwrap().push((Instant::now(), request));
                            if !shared.answer(&mut stream).await {
                                break;
                            }
                        }
                    }
                });
            }
        });
        let base = format!("https://localhost:{port}/v1");
        let provider = Provider::new("served", Wire::OpenAi, &base, "model-1").unwrap().with_prices(PRICES);
        let net = Arc::new(Net::new(Trust::Only(vec![der])).unwrap());
        Self { provider, net, shared }
    }

    pub(crate) fn calls(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    pub(crate) fn requests(&self) -> Vec<(Instant, String)> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// From now on it answers so.
    pub(crate) fn then(&self, script: Vec<Act>) {
        *self.shared.scripts.lock().unwrap() = vec![script];
    }

    pub(crate) fn go_on(&self) {
        self.shared.go_on.notify_one();
    }

    /// Waits until a client has closed its end.
    pub(crate) async fn closed(&self) {
        self.shared.closed.notified().await;
        assert!(self.shared.saw_close.load(Ordering::SeqCst));
    }
}

impl Shared {
    /// Answers one request; whether the connection is still of use.
    async fn answer(&self, stream: &mut impl Stream) -> bool {
        let script = {
            let mut scripts = self.scripts.lock().unwrap();
            if scripts.len() > 1 { scripts.remove(0) } else { scripts[0].clone() }
        };
        for act in script {
            match act {
                Act::Write(bytes) => {
                    if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                        return false;
                    }
                }
                Act::Slowly(bytes) => {
                    for byte in bytes.chunks(1) {
                        if stream.write_all(byte).await.is_err() || stream.flush().await.is_err() {
                            return false;
                        }
                        tokio::task::yield_now().await;
                    }
                }
                Act::Wait => self.go_on.notified().await,
                Act::UntilClosed => {
                    let mut byte = [0];
                    let closed = matches!(stream.read(&mut byte).await, Ok(0) | Err(_));
                    self.saw_close.store(closed, Ordering::SeqCst);
                    self.closed.notify_one();
                    return false;
                }
                Act::Reset => return false,
            }
        }
        true
    }
}

fn chunked(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

/// The head of a stream that is sent in chunks.
pub(crate) fn head() -> Act {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    Act::Write(head.into())
}

pub(crate) fn event(text: &str) -> String {
    let delta = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    format!("data: {delta}\n\n")
}

/// More text.
pub(crate) fn text(text: &str) -> Act {
    Act::Write(chunked(&event(text)).into())
}

pub(crate) const FINISH: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// The proof that the answer is whole, and the end of the body.
pub(crate) fn finish() -> Act {
    Act::Write(format!("{}0\r\n\r\n", chunked(FINISH)).into())
}

/// An end of the body that proves nothing.
pub(crate) fn end() -> Act {
    Act::Write(b"0\r\n\r\n".to_vec())
}

/// A response of known length.
pub(crate) fn page(status: u16, headers: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    let page = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}");
    vec![Act::Write(page.into())]
}

pub(crate) fn answer(words: &str) -> Vec<Act> {
    let mut script = vec![head()];
    script.extend(words.split_inclusive(' ').map(text));
    script.push(finish());
    script
}
