//! Threads of the engine that call into the JVM: attached once, as daemons that no JVM waits for at its end, and detached when
//! they end.
#![allow(unsafe_code, reason = "attaching a thread to the JVM")]

use std::cell::RefCell;
use std::ffi::{CString, c_void};
use std::ptr::{self, NonNull};
use std::sync::{Arc, OnceLock};
use std::thread;

use jni_sys::{JNI_OK, JNI_VERSION_1_6, JNIEnv, JavaVM, JavaVMAttachArgs};
use writemagic_operations::{AppThrew, Host, count_throw, set_host};

use crate::classes;
use crate::java::{ByteArray, Java, Thrown};

/// The JVM of this process.
///
/// *Invariant:* the pointer is that of a live JVM; there is one in a process, which lives as long.
#[derive(Clone, Copy)]
struct Vm(NonNull<JavaVM>);

// SAFETY: the functions of a JVM are for all threads.
unsafe impl Send for Vm {}
// SAFETY: as above.
unsafe impl Sync for Vm {}

static VM: OnceLock<Vm> = OnceLock::new();

/// Keeps the JVM that has loaded the library, and gives it as this thread sees it.
pub(crate) fn remember<'load>(vm: *mut JavaVM) -> Option<Java<'load>> {
    let vm = Vm(NonNull::new(vm)?);
    let vm = *VM.get_or_init(|| vm);
    let env = environment(vm)?;
    // SAFETY: the environment of this thread, which stays attached while it loads.
    Some(unsafe { Java::of(env) })
}

/// The environment of this thread, if it is attached.
fn environment(Vm(vm): Vm) -> Option<NonNull<JNIEnv>> {
    let mut env: *mut c_void = ptr::null_mut();
    // SAFETY: the JVM lives, by its invariant; the environment is written to a place for one.
    let answer = unsafe { ((**vm.as_ptr()).v1_2.GetEnv)(vm.as_ptr(), &raw mut env, JNI_VERSION_1_6) };
    if answer == JNI_OK { NonNull::new(env.cast()) } else { None }
}

/// A thread of the engine as a thread of the JVM, until it ends.
struct Attached {
    vm: Vm,
    env: NonNull<JNIEnv>,
}

impl Attached {
    fn new(vm: Vm) -> Option<Self> {
        let name = CString::new(thread::current().name().unwrap_or("writemagic")).unwrap_or_default();
        let mut arguments = JavaVMAttachArgs {
            version: JNI_VERSION_1_6,
            name: name.as_ptr().cast_mut(),
            group: ptr::null_mut(),
        };
        let mut env: *mut c_void = ptr::null_mut();
        // SAFETY: the JVM lives, by its invariant; the name ends with a zero byte and outlives the call; the environment is written
        // to a place for one.
        let answer = unsafe {
            ((**vm.0.as_ptr()).v1_4.AttachCurrentThreadAsDaemon)(
                vm.0.as_ptr(),
                &raw mut env,
                (&raw mut arguments).cast(),
            )
        };
        let env = NonNull::new(env.cast()).filter(|_| answer == JNI_OK)?;
        Some(Self { vm, env })
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let vm = self.vm.0.as_ptr();
        // SAFETY: the JVM lives, by its invariant; this thread was attached here and runs no code of the JVM's.
        unsafe { ((**vm).v1_1.DetachCurrentThread)(vm) };
    }
}

thread_local! {
    static ATTACHED: RefCell<Option<Attached>> = const { RefCell::new(None) };
}

/// Runs `work` with the JVM as this thread sees it. What it throws is dropped and counted, its references are let go.
fn with_java<R>(work: impl FnOnce(Java<'_>) -> R) -> Option<R> {
    let vm = *VM.get()?;
    let work = |env: NonNull<JNIEnv>| {
        // SAFETY: the environment of this thread, which is attached at least as long as this call is.
        let java = unsafe { Java::of(env) };
        java.with_frame(|| {
            let result = work(java);
            if java.catch() {
                count_throw();
            }
            result
        })
    };
    if let Some(env) = environment(vm) {
        return work(env);
    }
    // A thread whose locals are gone is attached for this call alone.
    let kept = ATTACHED.try_with(|attached| {
        let mut attached = attached.borrow_mut();
        if attached.is_none() {
            *attached = Attached::new(vm);
        }
        attached.as_ref().map(|attached| attached.env)
    });
    match kept {
        Ok(env) => work(env?),
        Err(_) => {
            let attached = Attached::new(vm)?;
            work(attached.env)
        }
    }
}

/// The app behind the JVM.
struct JavaHost;

impl Host for JavaHost {
    fn wake(&self, token: u64) {
        with_java(|java| classes::on_wake(java, token.cast_signed()));
    }

    fn ask(&self, object: u64, question: u32, request: &[u8]) -> Result<Vec<u8>, AppThrew> {
        let asked = |java: Java<'_>| {
            let request = java.new_bytes(request)?;
            let answer = classes::on_ask(java, object.cast_signed(), question.cast_signed(), request);
            if java.is_throwing() {
                return Err(Thrown::Pending);
            }
            copied(java, answer)
        };
        with_java(asked).and_then(Result::ok).ok_or(AppThrew)
    }

    fn release(&self, object: u64) {
        with_java(|java| classes::on_release(java, object.cast_signed()));
    }
}

fn copied(java: Java<'_>, bytes: ByteArray) -> Result<Vec<u8>, Thrown> {
    java.with_bytes(bytes, "answer", |bytes| Ok(bytes.to_vec()))
}

/// From here on the engine tells the JVM.
pub(crate) fn begin() {
    set_host(Arc::new(JavaHost));
}
