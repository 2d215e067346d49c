//! A transport that answers as a test wrote it down.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep};
use writemagic_ai::stream::{Failure, FailureClass};
use writemagic_ai::transport::{HttpRequest, Response, ResponseBody, ResponseHead, Sending, Transport};

/// What a server does, one after another. Behind the last step the response ends in order.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Head(u16, Vec<(&'static str, String)>),
    Bytes(Vec<u8>),
    Wait(Duration),
    Fail(FailureClass),
    /// Nothing ever comes.
    Hang,
}

pub(crate) type Script = Vec<Step>;

/// A request as it was sent.
pub(crate) struct Sent {
    pub(crate) at: Instant,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

#[derive(Default)]
pub(crate) struct Scripted {
    scripts: Mutex<VecDeque<Script>>,
    otherwise: Mutex<Script>,
    pub(crate) sent: Mutex<Vec<Sent>>,
    /// Exchanges that are under way.
    pub(crate) open: Arc<AtomicUsize>,
    /// Chunks that were read.
    pub(crate) read: Arc<AtomicUsize>,
    pub(crate) forgotten: AtomicUsize,
}

impl Scripted {
    /// Answers with these, one after another, then as the last one.
    pub(crate) fn new(scripts: impl IntoIterator<Item = Script>) -> Arc<Self> {
        let scripts: VecDeque<Script> = scripts.into_iter().collect();
        let otherwise = Mutex::new(scripts.back().cloned().unwrap_or_default());
        Arc::new(Self { scripts: Mutex::new(scripts), otherwise, ..Self::default() })
    }

    pub(crate) fn then(&self, script: Script) {
        *self.otherwise.lock().unwrap() = script;
    }

    pub(crate) fn calls(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    pub(crate) fn times(&self) -> Vec<Instant> {
        self.sent.lock().unwrap().iter().map(|sent| sent.at).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|sent| sent.body.clone()).collect()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0
    }
}

/// Counts an exchange for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Scripted {
    fn send(&self, request: HttpRequest) -> Sending {
        self.sent.lock().unwrap().push(Sent {
            at: Instant::now(),
            url: request.url().to_owned(),
            headers: request.headers().map(|(name, value)| (name, value.to_owned())).collect(),
            body: String::from_utf8(request.body().to_vec()).unwrap(),
        });
        let script = self.scripts.lock().unwrap().pop_front();
        let mut script: VecDeque<Step> =
            script.unwrap_or_else(|| self.otherwise.lock().unwrap().clone()).into();
        self.open.fetch_add(1, Ordering::SeqCst);
        let (counted, read) = (Counted(Arc::clone(&self.open)), Arc::clone(&self.read));
        Box::pin(async move {
            loop {
                match script.pop_front() {
                    Some(Step::Head(status, headers)) => {
                        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
                        let head = ResponseHead::new(status, headers);
                        let body = Body { script, waiting: None, read, _counted: counted };
                        return Ok(Response::new(head, body));
                    }
                    Some(Step::Wait(time)) => sleep(time).await,
                    Some(Step::Fail(class)) => return Err(Failure::new(class)),
                    Some(Step::Hang) => std::future::pending::<()>().await,
                    Some(Step::Bytes(_)) | None => panic!("a script without a head"),
                }
            }
        })
    }

    fn forget_connections(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
    }
}

struct Body {
    script: VecDeque<Step>,
    waiting: Option<Pin<Box<Sleep>>>,
    read: Arc<AtomicUsize>,
    _counted: Counted,
}

impl ResponseBody for Body {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(context));
                self.waiting = None;
            }
            match self.script.front() {
                Some(Step::Hang) => return Poll::Pending,
                Some(Step::Wait(time)) => self.waiting = Some(Box::pin(sleep(*time))),
                _ => {}
            }
            match self.script.pop_front() {
                Some(Step::Bytes(bytes)) => {
                    self.read.fetch_add(1, Ordering::SeqCst);
                    return Poll::Ready(Some(Ok(bytes.into())));
                }
                Some(Step::Fail(class)) => return Poll::Ready(Some(Err(Failure::new(class)))),
                Some(_) => {}
                None => return Poll::Ready(None),
            }
        }
    }
}

/// The head of a stream.
pub(crate) fn head() -> Step {
    Step::Head(200, vec![("content-type", "text/event-stream".to_owned())])
}

/// More text, as chat completions have it.
pub(crate) fn text(text: &str) -> Step {
    let delta = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    Step::Bytes(format!("data: {delta}\n\n").into_bytes())
}

/// The proof that the answer is whole.
pub(crate) fn finish() -> Step {
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    Step::Bytes(format!("data: {end}\n\ndata: [DONE]\n\n").into_bytes())
}

/// What was used.
pub(crate) fn usage(input: u64, output: u64) -> Step {
    let usage = format!(
        r#"{{"choices":[],"usage":{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{}}}}}"#,
        input + output
    );
    Step::Bytes(format!("data: {usage}\n\n").into_bytes())
}

/// A whole answer of these pieces.
pub(crate) fn answer<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Script {
    let mut script = vec![head()];
    script.extend(pieces.into_iter().map(text));
    script.push(finish());
    script
}

/// A response that is no stream.
pub(crate) fn refusal(status: u16, headers: &[(&'static str, &str)]) -> Script {
    let mut all = vec![("content-type", "application/json".to_owned())];
    all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
    vec![Step::Head(status, all), Step::Bytes(b"{}".to_vec())]
}

pub(crate) fn wait(millis: u64) -> Step {
    Step::Wait(Duration::from_millis(millis))
}
