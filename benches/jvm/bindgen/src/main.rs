//! UniFFI's generator of Kotlin.

fn main() {
    uniffi::uniffi_bindgen_main();
}
