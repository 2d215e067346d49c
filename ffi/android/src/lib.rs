//! The engine for Kotlin: the native methods of `dev.writemagic.internal.Native`.
//!
//! What can be called stands in [`writemagic_operations`]; here is how the JVM calls it, and is called back. No panic, no
//! handle and no text that the app passes takes the process down: each call goes through one guard, and what fails
//! is thrown as a `WriteMagicException`.
//!
//! | File | What it does |
//! | --- | --- |
//! | `java` | the functions of the JNI that are used here, and nothing unsafe outside of it but the two below |
//! | `classes` | what is looked up once: classes and methods that are called from here |
//! | `entry` | a native method: declared, guarded, registered; its error thrown |
//! | `arguments` | what is wrong with an argument before the engine sees it |
//! | `calls`, `sessions`, `crash` | the native methods |
//! | `host` | threads of the engine that call into the JVM |
//! | `load` | what the JVM calls when it loads the library |
//! | `log` | events of the engine in logcat, or on standard error |
//!
//! Two functions leave this library by name, those of `load`; the linker hides the rest.

mod arguments;
mod calls;
mod classes;
mod crash;
mod entry;
mod host;
mod java;
mod load;
mod log;
mod sessions;
