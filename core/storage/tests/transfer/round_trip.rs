//! Import, then export: the same bytes under the same names.

use proptest::prelude::*;

use super::*;

#[test]
fn a_tree_of_odd_names_and_bytes_comes_out_as_it_went_in() {
    let desk = Desk::new();
    let mut odd = vec![
        ("plain.md", "# Title\n\nText.\n"),
        ("crlf.md", "# Windows\r\n\r\nText\r\n"),
        ("mac.txt", "old\rMac\r"),
        ("mixed ends.md", "a\nb\r\nc\rd"),
        ("bom.md", "\u{FEFF}# Marked\n"),
        ("two boms.txt", "\u{FEFF}\u{FEFF}x"),
        ("only a bom.md", "\u{FEFF}"),
        ("empty.md", ""),
        ("empty.txt", ""),
        ("blank.md", "\n\n \t\n"),
        ("🏳️‍🌈 family 👨‍👩‍👧.md", "# 👩🏽‍🚀\n"),
        ("e\u{301}te\u{301}.md", "combining e\u{301} and precomposed é\n"),
        ("каталог/世界.markdown", "世界 🌍\n"),
        ("каталог/deep/er/LOUD.TXT", "x"),
        ("folder.md/inside.mdown", "a folder called like a file"),
        (" spaces around .md", "x"),
        ("dots...md", "x"),
        ("-rf.md", "x"),
        ("CON.md", "x"),
        ("v1.2/notes 2.0.text", "x"),
        ("same title 1.md", "# Same\n1"),
        ("same title 2.md", "# Same\n2"),
        ("hostile.md", "# ../../../etc/passwd\n"),
        ("front.md", "---\ntitle: Front\nlang: de\n---\n\nText\n"),
    ];
    if cfg!(unix) {
        odd.extend([
            ("what? \"a\" <b> *c* |d|.md", "x"),
            ("C:\\x.md", "x"),
            ("line\nbreak.md", "x"),
            ("f?/x.md", "x"),
        ]);
    }
    for (name, text) in &odd {
        desk.write(&format!("vault/{name}"), text);
    }
    let report = desk.import(&["vault"]);
    assert_eq!((report.imported.len(), report.skipped.as_slice()), (odd.len(), &[][..]));
    let exported = desk.export(None, "out", false);
    assert_eq!((exported.exported.len(), exported.skipped.as_slice()), (odd.len(), &[][..]));
    assert_eq!(tree(&desk.at("out/vault")), tree(&desk.at("vault")));
    assert_eq!(tree(&desk.at("out")).len(), odd.len());

    assert!(desk.import(&["vault"]).imported.is_empty());
    assert_eq!(desk.documents(), odd.len() as u64);
}

#[test]
fn utf16_comes_out_as_utf8_with_its_mark() {
    let desk = Desk::new();
    let text = "# Grüße\r\n世界 🎉\r\n";
    let bytes: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    desk.write("wide.md", bytes);
    let document = desk.import_one("wide.md");
    assert_eq!(document.title, "Grüße");
    assert_eq!(desk.library.text(document.id).unwrap(), text);
    desk.export(None, "out", false);
    assert_eq!(fs::read(desk.at("out/wide.md")).unwrap(), format!("\u{FEFF}{text}").as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_out_as_it_went_in(
        texts in prop::collection::vec("(\u{FEFF}|# |---\n|\r\n|[^\0]){0,40}", 1..20),
    ) {
        let desk = Desk::new();
        for (i, text) in texts.iter().enumerate() {
            // A UTF-16 mark cannot begin valid UTF-8, so all of these are UTF-8.
            desk.write(&format!("v/{}/{i}.{}", i % 3, if i % 2 == 0 { "md" } else { "txt" }), text);
        }
        prop_assert_eq!(desk.import(&["v"]).imported.len(), texts.len());
        desk.export(None, "out", false);
        prop_assert_eq!(tree(&desk.at("out/v")), tree(&desk.at("v")));
    }
}
