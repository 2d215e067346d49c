//! What no writer would say, and some paste.

use writemagic_shared::limits::MEMORY_TEXT_BYTES;
use writemagic_shared::runtime::Progress;

use crate::{Shelf, keyed, keys};

#[test]
fn odd_texts_are_kept_as_given_and_found_by_what_they_hold() {
    let mut shelf = Shelf::new();
    let one_word = "a".repeat(MEMORY_TEXT_BYTES as usize);
    let many_words = "rain ".repeat(MEMORY_TEXT_BYTES as usize / 5);
    let zalgo = format!("z{}", "\u{301}".repeat(10_000));
    let texts = [
        one_word.as_str(),
        &many_words,
        &zalgo,
        "?!… — «»",
        " ",
        "\0",
        "a\0needle\0b",
        "\u{202e}tfel ot thgir",
        "日本語 हिन्दी العربية русский ไทย 한국어 mixed",
        "👩\u{200d}🚀👩\u{200d}🚀",
        "'; DROP TABLE memories; --",
        "\u{fdd0}\u{ffff}\u{10ffff}",
        "\r\n\t",
    ];
    let memories: Vec<_> = texts.iter().enumerate().map(|(n, text)| keyed(&n.to_string(), text)).collect();
    shelf.library.remember_all(&memories, &Progress::new()).unwrap();
    for _ in 0..2 {
        shelf.library.index_meaning(&Progress::new()).unwrap();
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(shelf.library.memory(&n.to_string()).unwrap().text, *text, "{n}");
        }
        assert_eq!(keys(&shelf.ask("needle"))[0], "6");
        assert_eq!(keys(&shelf.ask("日本"))[0], "8");
        assert_eq!(keys(&shelf.ask("русские"))[0], "8");
        assert_eq!(keys(&shelf.ask("drop table"))[0], "10");
        for query in ["\0", "?!", "'; DROP TABLE memories; --", "\u{202e}", "NEAR(a b)", "*"] {
            let _ = shelf.ask(query);
        }
        shelf.reopen();
    }
    shelf.library.index_meaning(&Progress::new()).unwrap();
    for n in 0..texts.len() {
        shelf.library.forget_memory(&n.to_string()).unwrap();
    }
    assert!(shelf.all().is_empty() && shelf.ask("needle").hits.is_empty());
}
