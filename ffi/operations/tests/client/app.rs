//! The app in a test: objects that the engine asks, and what it is told.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use writemagic_operations::{AppThrew, Host, questions, set_host};

use super::value::{Value, decode_fields, encode};

/// What an object of the app says to a question by its name, with these arguments; `None` where it throws.
type Answers = Arc<dyn Fn(&str, &Value) -> Option<Value> + Send + Sync>;

/// The app of this process.
pub(crate) struct App {
    next: AtomicU64,
    told: Mutex<Told>,
    news: Condvar,
}

#[derive(Default)]
struct Told {
    woken: HashSet<u64>,
    objects: HashMap<u64, Answers>,
    released: HashSet<u64>,
}

struct OurHost;

/// The app, which the engine knows from now on.
pub(crate) fn app() -> &'static App {
    static APP: OnceLock<App> = OnceLock::new();
    APP.get_or_init(|| {
        set_host(Arc::new(OurHost));
        App { next: AtomicU64::new(1), told: Mutex::default(), news: Condvar::new() }
    })
}

impl App {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that nothing else has.
    pub(crate) fn token(&self) -> u64 {
        // Relaxed: the number alone matters.
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits until a token is told of, once.
    pub(crate) fn wait(&self, token: u64) {
        let mut told = self.lock();
        while !told.woken.remove(&token) {
            told = self.news.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A new object, as the argument that it is.
    pub(crate) fn object(
        &self,
        answers: impl Fn(&str, &Value) -> Option<Value> + Send + Sync + 'static,
    ) -> Value {
        let token = self.token();
        self.lock().objects.insert(token, Arc::new(answers));
        Value::Number(token.cast_signed())
    }

    /// Waits until the engine needs an object no more.
    pub(crate) fn wait_released(&self, object: &Value) {
        let token = object.number().cast_unsigned();
        let mut told = self.lock();
        while !told.released.contains(&token) {
            told = self.news.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
        assert!(!told.objects.contains_key(&token));
    }
}

impl Host for OurHost {
    fn wake(&self, token: u64) {
        app().lock().woken.insert(token);
        app().news.notify_all();
    }

    fn ask(&self, object: u64, question: u32, request: &[u8]) -> Result<Vec<u8>, AppThrew> {
        let question = questions().find(|known| known.number == question).unwrap();
        let arguments = decode_fields(question.arguments, request);
        let answers = app().lock().objects.get(&object).cloned().ok_or(AppThrew)?;
        let answer = answers(question.name, &arguments).ok_or(AppThrew)?;
        let mut out = Vec::new();
        encode(question.result, &answer, &mut out);
        Ok(out)
    }

    fn release(&self, object: u64) {
        let mut told = app().lock();
        told.objects.remove(&object);
        assert!(told.released.insert(object), "released twice");
        drop(told);
        app().news.notify_all();
    }
}
