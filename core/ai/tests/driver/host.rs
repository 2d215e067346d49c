//! Models that the app brings.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use writemagic_ai::driver::{Model, Terms};
use writemagic_ai::model::{
    Availability, HostCall, HostDescription, HostError, HostModel, HostSink, Locality, PrepareProgress,
    Request, UnavailableReason,
};
use writemagic_ai::privacy::{Ceiling, Mask};
use writemagic_ai::run::{Cause, RunEnd};
use writemagic_ai::stream::StopReason;
use writemagic_shared::error::{Code, Coded as _};

use crate::rig::{Memory, Options, listen, listen_for, provider, request, runs};
use crate::script::{Scripted, answer};

pub(crate) struct Device {
    locality: Locality,
    availability: Availability,
    sinks: Mutex<Vec<HostSink>>,
    asked: Mutex<Vec<String>>,
    cancelled: Mutex<Vec<HostCall>>,
    counts: AtomicBool,
}

impl Device {
    pub(crate) fn new(locality: Locality, availability: Availability) -> Arc<Self> {
        Arc::new(Self {
            locality,
            availability,
            sinks: Mutex::default(),
            asked: Mutex::default(),
            cancelled: Mutex::default(),
            counts: AtomicBool::new(false),
        })
    }

    async fn sink(&self) -> HostSink {
        loop {
            if let Some(sink) = self.sinks.lock().unwrap().pop() {
                return sink;
            }
            tokio::task::yield_now().await;
        }
    }
}

impl HostModel for Device {
    fn describe(&self) -> HostDescription {
        HostDescription {
            name: "device".into(),
            locality: self.locality,
            context_tokens: 4_096,
            max_output_tokens: 256,
            languages: Vec::new(),
            system: true,
            tools: false,
            json: false,
            prefill: false,
            images: false,
        }
    }

    fn availability(&self) -> Availability {
        self.availability
    }

    fn prepare(&self, progress: Box<dyn Fn(PrepareProgress) + Send + Sync>) {
        progress(PrepareProgress::Ready);
    }

    fn count(&self, _: &str) -> Option<u64> {
        self.counts.load(Ordering::SeqCst).then_some(4_000)
    }

    fn generate(&self, request: &Request, sink: HostSink) -> Result<HostCall, HostError> {
        assert_eq!(request.max_output_tokens, 256, "no more than the model gives");
        self.asked.lock().unwrap().push(request.messages[0].text.clone());
        self.sinks.lock().unwrap().push(sink);
        Ok(HostCall(5))
    }

    fn cancel(&self, call: HostCall) {
        self.cancelled.lock().unwrap().push(call);
    }
}

fn terms(device: &Arc<Device>) -> Terms {
    Terms::new([Model::Host(device.clone())])
}

#[tokio::test(start_paused = true)]
async fn a_model_on_the_device_answers_and_nothing_is_said_to_leave() {
    let memory: Arc<Memory> = Arc::default();
    let device = Device::new(Locality::Device, Availability::Available);
    let runs = runs(None, Options { memory: memory.clone(), ..Options::default() });
    let mut terms = terms(&device);
    terms.ceiling = Ceiling::nearest([Locality::Device]);
    let mut handle = runs.start(request("?"), terms).unwrap();
    let mut sink = device.sink().await;
    sink.snapshot("It rai");
    listen_for(&mut handle, 6).await;
    sink.snapshot("It rained.");
    sink.finished(StopReason::Answered);
    let heard = listen(&mut handle).await;
    assert_eq!(heard.outcome.text, "It rained.");
    assert!(memory.sent().is_empty());
    assert_eq!(runs.record(handle.run()).unwrap().head.provider, "device");
}

#[tokio::test(start_paused = true)]
async fn cancelling_reaches_the_model() {
    let device = Device::new(Locality::Device, Availability::Available);
    let runs = runs(None, Options::default());
    let mut handle = runs.start(request("?"), terms(&device)).unwrap();
    let mut sink = device.sink().await;
    sink.text("It");
    listen_for(&mut handle, 2).await;
    handle.cancel();
    assert_eq!(listen(&mut handle).await.outcome.end, RunEnd::Cancelled);
    assert_eq!(*device.cancelled.lock().unwrap(), [HostCall(5)]);
    assert!(sink.is_unwanted());
}

#[tokio::test(start_paused = true)]
async fn with_no_model_on_the_device_a_run_that_must_stay_there_fails_and_sends_nothing() {
    let transport = Scripted::new([answer(["never"])]);
    for availability in [
        Availability::Unavailable(UnavailableReason::DeviceNotEligible),
        Availability::Downloadable,
        Availability::Downloading { done: 1, total: None },
    ] {
        let memory: Arc<Memory> = Arc::default();
        let device = Device::new(Locality::Device, availability);
        let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
        let mut terms = Terms::new([Model::Host(device.clone()), Model::Provider(provider("a"))]);
        terms.ceiling = Ceiling::nearest([Locality::Device]);
        let heard = listen(&mut runs.start(request("?"), terms).unwrap()).await;
        let RunEnd::Failed { cause, .. } = heard.outcome.end else { panic!() };
        assert_eq!(cause.code(), Code::ModelUnavailable);
        assert!(device.asked.lock().unwrap().is_empty() && memory.sent().is_empty());
    }
    assert_eq!(transport.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_model_of_the_systems_cloud_is_masked_and_logged() {
    let memory: Arc<Memory> = Arc::default();
    let device = Device::new(Locality::Cloud, Availability::Available);
    let runs = runs(None, Options { memory: memory.clone(), ..Options::default() });
    let mut terms = terms(&device);
    terms.mask = Some(Mask::new(["Ana Kovač"]).unwrap());
    let mut handle = runs.start(request("Greet Ana Kovač."), terms.clone()).unwrap();
    let mut sink = device.sink().await;
    assert_eq!(*device.asked.lock().unwrap(), ["Greet [NAME1]."]);
    sink.text("Hello [NA");
    sink.text("ME1]!");
    sink.finished(StopReason::Answered);
    assert_eq!(listen(&mut handle).await.outcome.text, "Hello Ana Kovač!");
    let sent = memory.sent();
    assert_eq!((sent.len(), sent[0].host.as_str(), sent[0].masked.phrases), (1, "", 1));
    terms.ceiling = Ceiling::nearest([Locality::Device]);
    let heard = listen(&mut runs.start(request("?"), terms).unwrap()).await;
    assert!(matches!(heard.outcome.end, RunEnd::Failed { cause: Cause::Ceiling(_), .. }));
}

#[tokio::test(start_paused = true)]
async fn a_model_counts_its_own_tokens() {
    let device = Device::new(Locality::Device, Availability::Available);
    device.counts.store(true, Ordering::SeqCst);
    let runs = runs(None, Options::default());
    let heard = listen(&mut runs.start(request("short"), terms(&device)).unwrap()).await;
    let RunEnd::Failed { cause: Cause::NoRoom { needed, context }, .. } = heard.outcome.end else { panic!() };
    assert_eq!((needed, context), (4_256, 4_096));
}
