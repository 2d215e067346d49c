//! The functions of the JNI that the native methods need, each checked: a null reference is an error, an exception that
//! waits to be thrown ends the call.
//!
//! Documentation of what they do: Java Native Interface Specification, chapter 4.
#![allow(unsafe_code, reason = "the JNI is a table of C functions")]

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;

use jni_sys::{
    _jmethodID, JNI_OK, JNIEnv, JNINativeMethod, jarray, jclass, jint, jlong, jobject, jsize, jvalue,
};
use writemagic_boundary::Failure;
use writemagic_shared::text::utf16;

use crate::arguments::ArgumentError;

/// Requests up to this long, in bytes, and texts up to as many UTF-16 units, are not allocated for.
const SHORT: usize = 512;

/// The JVM as the thread of one call sees it. Native methods are given one; other threads get one from [`crate::host`].
///
/// *Invariant:* it is the environment of the thread that has it, which it cannot leave.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Java<'call>(NonNull<JNIEnv>, PhantomData<&'call *mut ()>);

/// Why a native method ends without a result.
pub(crate) enum Thrown {
    /// To be thrown.
    Failure(Failure),
    /// The JVM has thrown already: its memory is short. Nothing more may be asked of it.
    Pending,
}

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<ArgumentError> for Thrown {
    fn from(error: ArgumentError) -> Self {
        Self::Failure(error.into())
    }
}

/// What arguments and results are: a reference of the thread's, for the length of the call.
macro_rules! references {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        pub(crate) struct $name(pub(crate) jobject);
    )* };
}

references! {
    /// A class.
    Class
    /// A `byte[]`.
    ByteArray
    /// A `long[]`.
    LongArray
    /// A `java.lang.String`.
    Text
    /// A `java.nio.ByteBuffer`.
    Buffer
}

/// Calls a function of the JNI, of the version in which it came.
macro_rules! jni {
    ($java:expr, $version:ident $function:ident($($argument:expr),*)) => {{
        let env = $java.0.as_ptr();
        // SAFETY: the environment is this thread's ([`Java`]'s invariant), its table has the functions of version 1.6, which
        // `GetEnv` or the load has made sure of; what the function asks of its arguments stands at each use.
        unsafe { ((**env).$version.$function)(env $(, $argument)*) }
    }};
}

impl<'call> Java<'call> {
    /// # Safety
    /// `env` is the environment of this thread and stays so for `'call`.
    pub(crate) unsafe fn of(env: NonNull<JNIEnv>) -> Self {
        Self(env, PhantomData)
    }

    /// Whether an exception waits to be thrown. Before it is, nothing may be called but what clears it.
    pub(crate) fn is_throwing(self) -> bool {
        jni!(self, v1_2 ExceptionCheck())
    }

    /// Drops the exception that waits, if one does.
    pub(crate) fn catch(self) -> bool {
        let throwing = self.is_throwing();
        if throwing {
            jni!(self, v1_1 ExceptionClear());
        }
        throwing
    }

    fn length(self, array: jarray, what: &'static str) -> Result<usize, ArgumentError> {
        if array.is_null() {
            return Err(ArgumentError::Null { what });
        }
        // The array is not null, and the method's signature says that it is one.
        Ok(usize::try_from(jni!(self, v1_1 GetArrayLength(array))).unwrap_or(0))
    }

    /// Calls `work` with a copy of the bytes: another thread of the app may write to the array.
    pub(crate) fn with_bytes<R>(
        self,
        array: ByteArray,
        what: &'static str,
        work: impl FnOnce(&[u8]) -> Result<R, Thrown>,
    ) -> Result<R, Thrown> {
        let length = self.length(array.0, what)?;
        with_room(length, what, |room: &mut [MaybeUninit<u8>]| {
            // The region is the whole array, whose length never changes; there is room for it.
            jni!(self, v1_1 GetByteArrayRegion(array.0, 0, length as jsize, room.as_mut_ptr().cast()));
            // SAFETY: the whole room was written.
            work(unsafe { initialised(room) })
        })
    }

    /// Calls `work` with the UTF-16 units of a text.
    pub(crate) fn with_units<R>(
        self,
        text: Text,
        what: &'static str,
        work: impl FnOnce(&[u16]) -> Result<R, Thrown>,
    ) -> Result<R, Thrown> {
        if text.0.is_null() {
            return Err(ArgumentError::Null { what }.into());
        }
        // The text is not null, and the method's signature says that it is one.
        let length = usize::try_from(jni!(self, v1_1 GetStringLength(text.0))).unwrap_or(0);
        with_room(length, what, |room: &mut [MaybeUninit<u16>]| {
            // The region is the whole text, which never changes; there is room for it.
            jni!(self, v1_2 GetStringRegion(text.0, 0, length as jsize, room.as_mut_ptr().cast()));
            // SAFETY: the whole room was written.
            work(unsafe { initialised(room) })
        })
    }

    /// A text, if its units are one.
    pub(crate) fn text(self, text: Text, what: &'static str) -> Result<String, Thrown> {
        self.with_units(text, what, |units| {
            utf16::decode(units)
                .map_err(|lone| ArgumentError::LoneSurrogate { what, index: lone.index }.into())
        })
    }

    /// A new `byte[]` with these bytes.
    pub(crate) fn new_bytes(self, bytes: &[u8]) -> Result<ByteArray, Thrown> {
        let length = array_length(bytes.len(), "a result")?;
        let array = jni!(self, v1_1 NewByteArray(length));
        if array.is_null() {
            return Err(Thrown::Pending);
        }
        // The array was made for as many bytes.
        jni!(self, v1_1 SetByteArrayRegion(array, 0, length, bytes.as_ptr().cast()));
        Ok(ByteArray(array))
    }

    /// A new `long[]` with these numbers.
    pub(crate) fn new_longs(self, numbers: &[jlong]) -> Result<LongArray, Thrown> {
        let length = array_length(numbers.len(), "a result")?;
        let array = jni!(self, v1_1 NewLongArray(length));
        if array.is_null() {
            return Err(Thrown::Pending);
        }
        // The array was made for as many numbers.
        jni!(self, v1_1 SetLongArrayRegion(array, 0, length, numbers.as_ptr()));
        Ok(LongArray(array))
    }

    /// A new `String`.
    pub(crate) fn new_text(self, text: &str) -> Result<Text, Thrown> {
        // As many units as bytes is always enough.
        with_room(text.len(), "a text", |room: &mut [MaybeUninit<u16>]| {
            room.fill(MaybeUninit::new(0));
            // SAFETY: the whole room was written.
            let units = unsafe { initialised_mut(room) };
            let length = utf16::encode_into(text, units).unwrap_or(0);
            // There are as many units to be read.
            let made = jni!(self, v1_1 NewString(units.as_ptr(), array_length(length, "a text")?));
            if made.is_null() { Err(Thrown::Pending) } else { Ok(Text(made)) }
        })
    }

    /// Where a direct buffer's memory is, and how much.
    fn memory(self, buffer: Buffer, what: &'static str) -> Result<(NonNull<u8>, u64), ArgumentError> {
        if buffer.0.is_null() {
            return Err(ArgumentError::Null { what });
        }
        // The buffer is not null, and the method's signature says that it is one.
        let start = NonNull::new(jni!(self, v1_4 GetDirectBufferAddress(buffer.0)).cast());
        let capacity = u64::try_from(jni!(self, v1_4 GetDirectBufferCapacity(buffer.0)));
        match (start, capacity) {
            (Some(start), Ok(capacity)) => Ok((start, capacity)),
            _ => Err(ArgumentError::NotDirect { what }),
        }
    }

    fn part_of_memory(
        self,
        buffer: Buffer,
        what: &'static str,
        at: jlong,
        length: jlong,
    ) -> Result<(NonNull<u8>, usize), ArgumentError> {
        let (start, capacity) = self.memory(buffer, what)?;
        let outside = ArgumentError::OutsideBuffer { what, capacity };
        let (at, length) = u64::try_from(at).ok().zip(u64::try_from(length).ok()).ok_or(outside)?;
        if at.checked_add(length).is_none_or(|end| end > capacity) {
            return Err(outside);
        }
        // What lies in memory is counted by a `usize`.
        // SAFETY: `at` is in the buffer, or its end.
        Ok((unsafe { start.add(at as usize) }, length as usize))
    }

    /// How many bytes an array has, and what copies the first of them to where there is room: another thread of the app may write to
    /// the array.
    pub(crate) fn bytes_to_copy(
        self,
        array: ByteArray,
        what: &'static str,
    ) -> Result<(usize, impl FnOnce(&mut [u8])), ArgumentError> {
        let length = self.length(array.0, what)?;
        let copy = move |room: &mut [u8]| {
            let copied = room.len().min(length) as jsize;
            // The region is in the array, whose length never changes; there is room for it.
            jni!(self, v1_1 GetByteArrayRegion(array.0, 0, copied, room.as_mut_ptr().cast()));
        };
        Ok((length, copy))
    }

    /// How many bytes a part of a direct buffer has, and what copies the first of them to where there is room: another thread of the
    /// app may write to the buffer.
    pub(crate) fn memory_to_copy(
        self,
        buffer: Buffer,
        what: &'static str,
        at: jlong,
        length: jlong,
    ) -> Result<(usize, impl FnOnce(&mut [u8])), ArgumentError> {
        let (start, length) = self.part_of_memory(buffer, what, at, length)?;
        let copy = move |room: &mut [u8]| {
            // SAFETY: the part is in the buffer, which lives until the call ends because it is an argument, and longer than this
            // function can be had; no more is read than there is room for. If the app writes there meanwhile the bytes are of no use
            // to it, and are looked at only as a copy.
            unsafe { start.as_ptr().copy_to_nonoverlapping(room.as_mut_ptr(), room.len().min(length)) };
        };
        Ok((length, copy))
    }

    /// Copies `bytes` into a direct buffer from `at` on.
    pub(crate) fn fill(
        self,
        buffer: Buffer,
        what: &'static str,
        at: jlong,
        bytes: &[u8],
    ) -> Result<(), ArgumentError> {
        let length = jlong::try_from(bytes.len()).unwrap_or(jlong::MAX);
        let (start, length) = self.part_of_memory(buffer, what, at, length)?;
        // SAFETY: the part is in the buffer, which lives until the call ends because it is an argument, and no memory of Rust's.
        unsafe { start.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), length) };
        Ok(())
    }

    /// A class, by its name with `/`, held for ever.
    pub(crate) fn class(self, name: &CStr) -> Option<Class> {
        // The name ends with a zero byte.
        let class = jni!(self, v1_1 FindClass(name.as_ptr()));
        if class.is_null() {
            return None;
        }
        // The class is not null.
        let held = jni!(self, v1_1 NewGlobalRef(class));
        jni!(self, v1_1 DeleteLocalRef(class));
        (!held.is_null()).then_some(Class(held))
    }

    /// A static method of a class.
    pub(crate) fn method(self, class: Class, name: &CStr, signature: &CStr) -> Option<Method> {
        // The class is held, both texts end with a zero byte.
        let id = jni!(self, v1_1 GetStaticMethodID(class.0, name.as_ptr(), signature.as_ptr()));
        NonNull::new(id).map(|id| Method { class: class.0, id })
    }

    /// Registers native methods of a class.
    ///
    /// # Safety
    /// Each function takes and gives what its signature says.
    pub(crate) unsafe fn register(self, class: Class, methods: &[JNINativeMethod]) -> bool {
        let count = methods.len() as jint;
        // The class is held, the methods are as many; that the functions fit is the caller's promise.
        jni!(self, v1_1 RegisterNatives(class.0, methods.as_ptr(), count)) == JNI_OK
    }

    /// Calls a method that gives nothing. What it throws waits.
    ///
    /// # Safety
    /// The method takes what `arguments` are, and gives nothing.
    pub(crate) unsafe fn call(self, method: Method, arguments: &[jvalue]) {
        // The id is of the class, which is held; the arguments fit, by the caller's promise.
        jni!(self, v1_1 CallStaticVoidMethodA(method.class, method.id.as_ptr(), arguments.as_ptr()));
    }

    /// Calls a method that gives an object. What it throws waits.
    ///
    /// # Safety
    /// The method takes what `arguments` are, and gives an object.
    pub(crate) unsafe fn call_for_object(self, method: Method, arguments: &[jvalue]) -> jobject {
        // The id is of the class, which is held; the arguments fit, by the caller's promise.
        jni!(self, v1_1 CallStaticObjectMethodA(method.class, method.id.as_ptr(), arguments.as_ptr()))
    }

    /// Has the native method end with this exception.
    ///
    /// # Safety
    /// The object is a `Throwable`, not null.
    pub(crate) unsafe fn throw(self, throwable: jobject) {
        // A throwable, by the caller's promise.
        jni!(self, v1_1 Throw(throwable));
    }

    /// Has the native method end with an exception of this class.
    ///
    /// # Safety
    /// The class is of throwables that can be made of a message.
    pub(crate) unsafe fn throw_new(self, class: Class, message: &CStr) {
        // The class is held and of throwables, by the caller's promise; the message ends with a zero byte.
        jni!(self, v1_1 ThrowNew(class.0, message.as_ptr()));
    }

    /// Runs `work` and lets go of the local references it has made: a thread of the engine never returns to the JVM, which would.
    /// `None` where there is no memory for any.
    pub(crate) fn with_frame<R>(self, work: impl FnOnce() -> R) -> Option<R> {
        if jni!(self, v1_2 PushLocalFrame(8)) != JNI_OK {
            self.catch();
            return None;
        }
        let result = work();
        // No reference of the frame is used behind it.
        jni!(self, v1_2 PopLocalFrame(std::ptr::null_mut()));
        Some(result)
    }
}

/// A static method, to be called.
///
/// *Invariant:* the class is held for ever, and the method is one of it.
#[derive(Clone, Copy)]
pub(crate) struct Method {
    class: jclass,
    id: NonNull<_jmethodID>,
}

// SAFETY: both stand for what all threads of the JVM share.
unsafe impl Send for Method {}
// SAFETY: as above.
unsafe impl Sync for Method {}

fn array_length(length: usize, what: &'static str) -> Result<jsize, ArgumentError> {
    let too_long = |_| ArgumentError::TooLong { what, value: length as u64, limit: i32::MAX as u64 };
    jsize::try_from(length).map_err(too_long)
}

fn room<T>(length: usize, what: &'static str) -> Result<Vec<T>, ArgumentError> {
    let mut room = Vec::new();
    let bytes = (length as u64).saturating_mul(size_of::<T>() as u64);
    room.try_reserve_exact(length).map_err(|_| ArgumentError::NoMemory { what, value: bytes })?;
    Ok(room)
}

/// Room for as many elements, on the stack for short ones.
fn with_room<T: Copy, R>(
    length: usize,
    what: &'static str,
    work: impl FnOnce(&mut [MaybeUninit<T>]) -> Result<R, Thrown>,
) -> Result<R, Thrown> {
    if length <= SHORT {
        let mut short = [MaybeUninit::uninit(); SHORT];
        work(&mut short[..length])
    } else {
        let mut long: Vec<T> = room(length, what)?;
        work(&mut long.spare_capacity_mut()[..length])
    }
}

/// # Safety
/// Every element was written.
unsafe fn initialised<T>(room: &[MaybeUninit<T>]) -> &[T] {
    // SAFETY: the same memory, whose elements are values by the caller's promise.
    unsafe { slice::from_raw_parts(room.as_ptr().cast(), room.len()) }
}

/// # Safety
/// Every element was written.
unsafe fn initialised_mut<T>(room: &mut [MaybeUninit<T>]) -> &mut [T] {
    // SAFETY: the same memory, whose elements are values by the caller's promise.
    unsafe { slice::from_raw_parts_mut(room.as_mut_ptr().cast(), room.len()) }
}
