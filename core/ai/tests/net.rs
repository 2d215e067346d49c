//! The engine's own client against servers on this machine, with real sockets and TLS.
#![cfg(feature = "net")]
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

#[path = "support/http.rs"]
mod http_server;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use writemagic_ai::stream::{Failure, FailureClass};
use writemagic_ai::transport::net::{Net, NetError, Trust};
use writemagic_ai::transport::{HttpRequest, Response, Transport};

use http_server::{Stream, certificate, read_request};

type BoxStream = Box<dyn Stream>;

/// A server that gives each connection to `serve`, and counts them.
async fn server<F, S>(tls: Option<TlsAcceptor>, serve: S) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(BoxStream, usize) -> F + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        let serve = Arc::new(serve);
        while let Ok((socket, _)) = listener.accept().await {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let (tls, serve) = (tls.clone(), Arc::clone(&serve));
            tokio::spawn(async move {
                let stream: BoxStream = match tls {
                    Some(tls) => match tls.accept(socket).await {
                        Ok(stream) => Box::new(stream),
                        Err(_) => return,
                    },
                    None => Box::new(socket),
                };
                serve(stream, number).await;
            });
        }
    });
    (address, count)
}

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 11\r\n\r\ndata: 1\r\n\r\n";

fn post(url: String) -> HttpRequest {
    let mut request = HttpRequest::post(url, r#"{"stream":true}"#);
    request.set_header("content-type", "application/json");
    request.set_header("authorization", "Bearer secret");
    request
}

async fn body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

fn failed(result: Result<Response, Failure>) -> FailureClass {
    result.map(|_| ()).unwrap_err().class
}

#[tokio::test]
async fn a_request_goes_out_as_it_is_and_its_response_comes_back() {
    let (seen, mut requests) = mpsc::channel(1);
    let (address, _) = server(None, move |mut stream, _| {
        let seen = seen.clone();
        async move {
            seen.send(read_request(&mut stream).await.unwrap()).await.unwrap();
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let net = Net::new(Trust::System).unwrap();
    let response = net.send(post(format!("http://{address}/v1/chat/completions"))).await.unwrap();
    assert_eq!(response.head().status(), 200);
    assert_eq!(response.head().header("content-type"), Some("text/event-stream"));
    assert_eq!(body(response).await.unwrap(), b"data: 1\r\n\r\n");
    let request = requests.recv().await.unwrap().to_ascii_lowercase();
    assert!(request.starts_with("post /v1/chat/completions http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nauthorization: bearer secret\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"stream\":true}"), "{request}");
    assert!(!request.contains("cookie") && !request.contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn tls_works_with_a_trusted_certificate_and_with_no_other() {
    let made = certificate(&["http/1.1"]);
    let (address, _) = server(Some(made.acceptor.clone()), |mut stream, _| async move {
        if read_request(&mut stream).await.is_some() {
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let url = format!("https://localhost:{}/v1", address.port());
    let trusting = Net::new(Trust::Only(vec![made.der])).unwrap();
    let response = trusting.send(post(url.clone())).await.unwrap();
    assert_eq!(body(response).await.unwrap(), b"data: 1\r\n\r\n");
    let system = Net::new(Trust::System).unwrap();
    assert_eq!(failed(system.send(post(url.clone())).await), FailureClass::Certificate);
    let other = Net::new(Trust::Only(vec![certificate(&[]).der])).unwrap();
    assert_eq!(failed(other.send(post(url)).await), FailureClass::Certificate);
    assert_eq!(Net::new(Trust::Only(vec![b"none".to_vec()])).err(), Some(NetError::Certificate));
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_speaks_it_and_a_dropped_response_resets_its_stream() {
    let made = certificate(&["h2", "http/1.1"]);
    let (reset, mut resets) = mpsc::channel(4);
    let (address, connections) = server(Some(made.acceptor.clone()), move |stream, _| {
        let reset = reset.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let reset = reset.clone();
                assert_eq!(request.headers()["authorization"], "Bearer secret");
                let head =
                    http::Response::builder().header("content-type", "text/event-stream").body(()).unwrap();
                let mut send = respond.send_response(head, false).unwrap();
                send.send_data("data: 1\n\n".into(), false).unwrap();
                let endless = request.uri().path() == "/endless";
                if !endless {
                    send.send_data(bytes::Bytes::new(), true).unwrap();
                    continue;
                }
                tokio::spawn(async move {
                    let reason = std::future::poll_fn(|context| send.poll_reset(context)).await;
                    reset.send(reason.is_ok()).await.unwrap();
                });
            }
        }
    })
    .await;
    let url = |path: &str| format!("https://127.0.0.1:{}/{path}", address.port());
    let net = Net::new(Trust::Only(vec![made.der])).unwrap();
    let whole = net.send(post(url("whole"))).await.unwrap();
    assert_eq!(body(whole).await.unwrap(), b"data: 1\n\n");
    let mut endless = net.send(post(url("endless"))).await.unwrap();
    assert_eq!(endless.chunk().await.unwrap().unwrap(), "data: 1\n\n");
    drop(endless);
    assert_eq!(resets.recv().await, Some(true));
    let again = net.send(post(url("whole"))).await.unwrap();
    assert_eq!(body(again).await.unwrap(), b"data: 1\n\n");
    assert_eq!(connections.load(Ordering::SeqCst), 1, "one connection carried all");
}

#[tokio::test]
async fn dropping_a_response_closes_its_connection() {
    let (closed, mut closings) = mpsc::channel(1);
    let (address, _) = server(None, move |mut stream, _| {
        let closed = closed.clone();
        async move {
            read_request(&mut stream).await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n";
            stream.write_all(head).await.unwrap();
            let mut byte = [0];
            closed.send(matches!(stream.read(&mut byte).await, Ok(0) | Err(_))).await.unwrap();
        }
    })
    .await;
    let net = Net::new(Trust::System).unwrap();
    let mut response = net.send(post(format!("http://{address}/"))).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "data:");
    drop(response);
    assert_eq!(closings.recv().await, Some(true));
}

#[tokio::test]
async fn connections_are_kept_and_forgotten_when_told() {
    let (address, connections) = server(None, |mut stream, _| async move {
        while read_request(&mut stream).await.is_some() {
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let net = Net::new(Trust::System).unwrap();
    let once = || async {
        let response = net.send(post(format!("http://{address}/"))).await.unwrap();
        body(response).await.unwrap();
    };
    once().await;
    once().await;
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    net.forget_connections();
    once().await;
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_kept_connection_that_died_is_told_from_one_that_never_worked() {
    let (address, connections) = server(None, |mut stream, number| async move {
        // The first connection answers once and then closes as soon as it is used again; others close at once.
        if number == 0 {
            read_request(&mut stream).await.unwrap();
            stream.write_all(OK).await.unwrap();
        }
        read_request(&mut stream).await;
    })
    .await;
    let url = format!("http://{address}/");
    let net = Net::new(Trust::System).unwrap();
    body(net.send(post(url.clone())).await.unwrap()).await.unwrap();
    assert_eq!(failed(net.send(post(url.clone())).await), FailureClass::StaleSocket);
    assert_eq!(connections.load(Ordering::SeqCst), 1, "nothing was tried again");
    let fresh = Net::new(Trust::System).unwrap();
    assert_eq!(failed(fresh.send(post(url)).await), FailureClass::Connection);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let net = Net::new(Trust::System).unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(failed(net.send(post(format!("http://{closed}/"))).await), FailureClass::Connection);
    let nowhere = "https://no-such-host.invalid/v1".to_owned();
    assert_eq!(failed(net.send(post(nowhere)).await), FailureClass::Offline);
    assert_eq!(failed(net.send(post("no url".to_owned())).await), FailureClass::Request);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_failure_and_one_that_ends_is_none() {
    let (address, _) = server(None, |mut stream, _| async move {
        read_request(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 110\r\n\r\ndata: 1").await.unwrap();
    })
    .await;
    let net = Net::new(Trust::System).unwrap();
    let mut response = net.send(post(format!("http://{address}/"))).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "data: 1");
    assert_eq!(response.chunk().await.unwrap().unwrap_err().class, FailureClass::Connection);
    assert!(response.chunk().await.is_none());
}

#[tokio::test]
async fn redirects_are_followed_to_the_same_origin_alone() {
    let (other, others) = server(None, |mut stream, _| async move {
        read_request(&mut stream).await;
    })
    .await;
    let (address, _) = server(None, move |mut stream, _| async move {
        while let Some(request) = read_request(&mut stream).await {
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let (status, location) = match path.as_str() {
                "/same" => (307, "/there".to_owned()),
                "/get" => (302, "/there".to_owned()),
                "/loop" => (308, "/loop".to_owned()),
                "/other" => (307, format!("http://{other}/")),
                _ => (200, String::new()),
            };
            let head = format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
        }
    })
    .await;
    let net = Net::new(Trust::System).unwrap();
    let status = async |path: &str| {
        let response = net.send(post(format!("http://{address}/{path}"))).await.unwrap();
        response.head().status()
    };
    assert_eq!(status("same").await, 200);
    assert_eq!(status("get").await, 302);
    assert_eq!(status("loop").await, 308);
    assert_eq!(status("other").await, 307);
    assert_eq!(others.load(Ordering::SeqCst), 0, "the other host was never asked");
}

#[tokio::test]
async fn plain_http_takes_no_proxy_whatever_the_environment_says() {
    const CHILD: &str = "WRITEMAGIC_TEST_PROXIED";
    if std::env::var_os(CHILD).is_none() {
        let (proxy, asked) = server(None, |mut stream, _| async move {
            read_request(&mut stream).await;
        })
        .await;
        let proxy = format!("http://{proxy}");
        let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
        for variable in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env(variable, &proxy);
        }
        let test = "plain_http_takes_no_proxy_whatever_the_environment_says";
        let command = command.env_remove("no_proxy").env_remove("NO_PROXY").env(CHILD, "1");
        let output = command.args(["--exact", test]).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(asked.load(Ordering::SeqCst), 1, "https took the proxy, plain http did not");
        return;
    }
    let (address, _) = server(None, |mut stream, _| async move {
        read_request(&mut stream).await.unwrap();
        stream.write_all(OK).await.unwrap();
    })
    .await;
    let net = Net::new(Trust::System).unwrap();
    let response = net.send(post(format!("http://{address}/"))).await.unwrap();
    assert_eq!(body(response).await.unwrap(), b"data: 1\r\n\r\n");
    let far = net.send(post("https://api.example.com/v1".to_owned())).await;
    assert_eq!(failed(far), FailureClass::Connection, "the proxy of this test speaks to nobody");
}
