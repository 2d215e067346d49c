//! What must be tested here, and not only where it can be: words in the environment variable `WRITEMAGIC_REQUIRE`.

/// Whether `word` is one of them.
pub(crate) fn names(word: &str) -> bool {
    has(&std::env::var("WRITEMAGIC_REQUIRE").unwrap_or_default(), word)
}

fn has(required: &str, word: &str) -> bool {
    required.split([',', ' ']).any(|required| required == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_behind_commas_or_spaces() {
        assert!(has("jvm", "jvm") && has("swift,jvm", "jvm") && has("swift jvm", "swift"));
        assert!(!has("", "jvm") && !has("jvms", "jvm"));
    }
}
