//! A native method: how it is declared, guarded and registered, and how its error is thrown.
#![allow(unsafe_code, reason = "the JVM is told what the functions take")]

use std::ffi::{CString, c_void};
use std::ptr;

use jni_sys::{JNINativeMethod, jint, jlong};
use writemagic_boundary::{Failure, contain, guard};

use crate::classes;
use crate::java::{Buffer, ByteArray, Java, LongArray, Text, Thrown};

/// A native method.
pub(crate) struct Native {
    /// As Rust has it.
    pub(crate) name: &'static str,
    /// What it takes and gives, as the JVM writes it.
    pub(crate) signature: fn() -> String,
    pub(crate) function: *const c_void,
}

/// A type of arguments and results.
pub(crate) trait Crosses {
    /// As the JVM writes it.
    const SIGNATURE: &'static str;
    /// Null, or what is like it: also what is given back beside an exception, where nobody looks at it.
    fn nothing() -> Self;
}

macro_rules! crosses {
    ($($type:ty: $signature:literal, $nothing:expr;)*) => { $(
        impl Crosses for $type {
            const SIGNATURE: &'static str = $signature;

            fn nothing() -> Self {
                $nothing
            }
        }
    )* };
}

crosses! {
    (): "V", ();
    bool: "Z", false;
    jint: "I", 0;
    jlong: "J", 0;
    ByteArray: "[B", Self(ptr::null_mut());
    LongArray: "[J", Self(ptr::null_mut());
    Text: "Ljava/lang/String;", Self(ptr::null_mut());
    Buffer: "Ljava/nio/ByteBuffer;", Self(ptr::null_mut());
}

/// Declares native methods, which are static methods of `Native` in camelCase: `fn name(java, argument: Type) -> Type { body }`. The
/// body is inside of the guard, conversions of arguments and results with it, and gives a [`Result`] with [`Thrown`].
macro_rules! natives {
    ($($(#[$doc:meta])* fn $name:ident($java:ident $(, $argument:ident: $type:ty)* $(,)?) -> $result:ty $body:block)*) => {
        $(
            $(#[$doc])*
            extern "system" fn $name(
                $java: $crate::java::Java<'_>,
                _: $crate::java::Class,
                $($argument: $type),*
            ) -> $result {
                $crate::entry::enter($java, stringify!($name), || $body)
            }
        )*

        /// The native methods of this module.
        pub(crate) const NATIVES: &[$crate::entry::Native] = &[$($crate::entry::Native {
            name: stringify!($name),
            signature: || {
                let arguments: &[&str] = &[$(<$type as $crate::entry::Crosses>::SIGNATURE),*];
                format!("({}){}", arguments.concat(), <$result as $crate::entry::Crosses>::SIGNATURE)
            },
            function: $name as *const std::ffi::c_void,
        }),*];
    };
}

pub(crate) use natives;

/// Runs the body of a native method. Its error, and its panic, is thrown.
#[inline]
pub(crate) fn enter<R: Crosses>(
    java: Java<'_>,
    name: &'static str,
    body: impl FnOnce() -> Result<R, Thrown>,
) -> R {
    let ended = guard(name, || match body() {
        Ok(result) => Ok::<_, Failure>(Some(result)),
        Err(Thrown::Pending) => Ok(None),
        Err(Thrown::Failure(failure)) => Err(failure),
    });
    match ended {
        Ok(Some(result)) => result,
        Ok(None) => R::nothing(),
        Err(failure) => {
            // A panic here is logged, and the method gives nothing.
            let _ = contain("throw", || classes::throw(java, &failure));
            R::nothing()
        }
    }
}

/// Registers all native methods. Where the app's classes have not all of them an exception waits.
pub(crate) fn register(java: Java<'_>) -> bool {
    let parts = [crate::calls::NATIVES, crate::sessions::NATIVES, crate::crash::NATIVES];
    let natives: Vec<&Native> = parts.into_iter().flatten().collect();
    let c_string = |text: String| CString::new(text).unwrap_or_default();
    let texts: Vec<(CString, CString)> = natives
        .iter()
        .map(|native| (c_string(camel_case(native.name)), c_string((native.signature)())))
        .collect();
    let methods: Vec<JNINativeMethod> = natives
        .iter()
        .zip(&texts)
        .map(|(native, (name, signature))| JNINativeMethod {
            name: name.as_ptr().cast_mut(),
            signature: signature.as_ptr().cast_mut(),
            fnPtr: native.function.cast_mut(),
        })
        .collect();
    let Some(class) = classes::native() else { return false };
    // SAFETY: `natives!` makes a function and its signature of the same types.
    unsafe { java.register(class, &methods) }
}

/// A name of Rust as Kotlin has it.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_method_is_registered_as_kotlin_declares_it() {
        let native = crate::calls::NATIVES.iter().find(|native| native.name == "take_result").unwrap();
        assert_eq!(
            (camel_case(native.name).as_str(), (native.signature)().as_str()),
            ("takeResult", "(J)[B")
        );
    }
}
