//! Search end to end, on a database in memory, against plain scans of the same texts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use writemagic_shared::limits::{QUERY_BYTES, SEARCH_CANDIDATES};
use writemagic_shared::text::fold::{is_ignorable, is_ignored_mark, usual_width};
use writemagic_shared::text::script::is_scalar_script;

use super::*;
use crate::error::Error;

/// A database with documents written by hand: number, folder, title, text.
struct Shelf {
    sql: Connection,
}

impl Shelf {
    fn new() -> Self {
        let mut sql = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut sql).unwrap();
        add_functions(&sql).unwrap();
        Self { sql }
    }

    fn of(texts: &[(&str, &str)]) -> Self {
        let shelf = Self::new();
        for (index, (title, text)) in texts.iter().enumerate() {
            shelf.add(index as i64 + 1, 0, title, text);
        }
        shelf
    }

    fn add(&self, n: i64, folder: i64, title: &str, text: &str) {
        self.sql
            .prepare_cached(
                "INSERT INTO documents VALUES (?1, ?2, ?3, 0, 1, 0, ?4, 0, NULL, 0, NULL, NULL, 0, 0, 0, ?5, ?5)",
            )
            .unwrap()
            .execute(params![n, i128::from(n).to_be_bytes(), title, folder, 1_000 - n])
            .unwrap();
        self.sql
            .prepare_cached(
                "INSERT INTO heads VALUES (?1, 'main', x'', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2)",
            )
            .unwrap()
            .execute(params![head_key(n, MAIN), text.as_bytes()])
            .unwrap();
        put(&self.sql, n, &terms(title, text)).unwrap();
    }

    fn folder(&self, n: i64, parent: i64, name: &str) {
        self.sql
            .execute(
                "INSERT INTO folders VALUES (?1, ?2, ?3, 0, ?4, 0, x'', 0, NULL)",
                params![n, i128::from(n).to_be_bytes(), parent, name],
            )
            .unwrap();
    }

    fn request(&self, query: &str, folder: Option<&str>, limit: usize) -> Result<SearchPage> {
        let request = SearchRequest { query: query.to_owned(), folder: folder.map(str::to_owned), limit };
        run(&self.sql, &request, &Progress::new())
    }

    fn page(&self, query: &str, limit: usize) -> SearchPage {
        self.request(query, None, limit).unwrap()
    }

    /// The numbers of all matching documents, best first.
    fn found(&self, query: &str) -> Vec<i64> {
        numbers(&self.page(query, 10_000))
    }
}

fn numbers(page: &SearchPage) -> Vec<i64> {
    page.hits.iter().map(|hit| i128::from_be_bytes(*hit.document.as_bytes()) as i64).collect()
}

fn marked(hit: &SearchHit) -> Vec<String> {
    let units: Vec<u16> = hit.snippet.encode_utf16().collect();
    let slice =
        |range: &Range<u64>| String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap();
    hit.ranges.iter().map(slice).collect()
}

#[test]
fn a_search_that_nobody_wants_any_more_ends_before_its_next_hit() {
    let shelf = Shelf::of(&[("One", "rain"), ("Two", "rain")]);
    let progress = Progress::new();
    let request = SearchRequest { query: "rain".to_owned(), folder: None, limit: 10 };
    assert_eq!(run(&shelf.sql, &request, &progress).unwrap().hits.len(), 2);
    progress.cancel();
    assert!(matches!(run(&shelf.sql, &request, &progress), Err(Error::Cancelled(_))));
}

#[test]
fn words_are_found_whole_in_any_case_with_or_without_diacritics() {
    let shelf = Shelf::of(&[
        ("One", "Le Café de la Gare"),
        ("Two", "Ёлка и ель"),
        ("Three", "cafes and caf"),
        ("Four", "Straße ＡＢＣ Łódź"),
        ("Five", "مُحَمَّد שָׁלוֹם क़लम"),
    ]);
    assert_eq!(shelf.found("cafe"), [1]);
    assert_eq!(shelf.found("CAFÉ gare"), [1]);
    assert_eq!(shelf.found("елка"), [2]);
    assert_eq!(shelf.found("STRASSE abc lodz"), [4]);
    assert_eq!(shelf.found("محمد שלום कलम"), [5]);
    assert_eq!(marked(&shelf.page("cafe", 1).hits[0]), ["Café"]);
}

#[test]
fn every_operator_narrows_as_it_says() {
    let shelf = Shelf::of(&[
        ("Red", "the blue sky over a red sea"),
        ("Blue", "sky blue and nothing else"),
        ("Sea", "a well-known blue whale, NEAR the skyline"),
    ]);
    let set = |query: &str| shelf.found(query).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set("blue"), BTreeSet::from([1, 2, 3]));
    assert_eq!(set("blue sky"), BTreeSet::from([1, 2]));
    assert_eq!(set("\"blue sky\""), BTreeSet::from([1]));
    assert_eq!(set("sky*"), BTreeSet::from([1, 2, 3]));
    assert_eq!(set("blue -sky"), BTreeSet::from([3]));
    assert_eq!(set("blue -\"blue sky\" -sea"), BTreeSet::from([2]));
    assert_eq!(set("blue -sky*"), BTreeSet::new());
    assert_eq!(set("well-known"), BTreeSet::from([3]));
    assert_eq!(set("near whale"), BTreeSet::from([3]));
    assert_eq!(set("blue OR whale"), BTreeSet::new());
    assert_eq!(set("\"well kno\"* WHALE"), BTreeSet::from([3]));
    // A title counts like a text, and terms may be spread over both.
    assert_eq!(set("red"), BTreeSet::from([1]));
    assert_eq!(set("title:red"), BTreeSet::new());
    assert_eq!(set("sea whale"), BTreeSet::from([3]));
}

#[test]
fn a_query_without_a_wanted_word_finds_nothing() {
    let shelf = Shelf::of(&[("a", "b")]);
    for query in ["", "-a", "-\"a b\" in:", "!?", "*", "-", "\"", "in:x"] {
        assert_eq!(shelf.page(query, 10), SearchPage::default(), "{query:?}");
    }
}

#[test]
fn folders_are_searched_with_what_is_below_them() {
    let shelf = Shelf::new();
    shelf.folder(1, 0, "Novel");
    shelf.folder(2, 1, "Part One");
    shelf.folder(3, 0, "Notes");
    for (n, folder) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        shelf.add(n, folder, "t", "word");
    }
    let find = |query: &str, folder: Option<&str>| {
        let page = shelf.request(query, folder, 10).unwrap();
        assert_eq!(page.total as usize, page.hits.len());
        numbers(&page).into_iter().collect::<BTreeSet<_>>()
    };
    assert_eq!(find("word", None), BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(find("word", Some("")), BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(find("word in:Novel", None), BTreeSet::from([2, 3]));
    assert_eq!(find("word", Some("Novel")), BTreeSet::from([2, 3]));
    assert_eq!(find("word in:\"Novel/Part One\"", None), BTreeSet::from([3]));
    assert_eq!(find("word in:Novel", Some("Novel/Part One")), BTreeSet::from([3]));
    assert_eq!(find("word in:Notes", Some("Novel")), BTreeSet::new());
    assert_eq!(find("word in:novel", None), BTreeSet::new());
    assert_eq!(find("word", Some("Novel/Nothing")), BTreeSet::new());
    assert_eq!(shelf.request("word in:Novel", None, 1).unwrap().total, 2);
}

#[test]
fn a_title_weighs_more_and_equals_are_ordered_by_change() {
    let shelf = Shelf::of(&[
        ("other", "storm at sea and much else"),
        ("storm", "nothing to say and much else"),
        ("other", "storm at sea and much else"),
        ("third", "calm at sea and much else"),
        ("fourth", "calm at sea and much else"),
        ("fifth", "calm at sea and much else"),
    ]);
    let page = shelf.page("storm", 10);
    // The lower number changed later.
    assert_eq!(numbers(&page), [2, 1, 3]);
    assert!(page.hits[0].score > page.hits[1].score);
    assert!(page.hits[1].score == page.hits[2].score);
    assert!(page.hits[0].ranges.is_empty());
    assert_eq!(page.hits[0].snippet, "nothing to say and much else");
    assert_eq!(numbers(&shelf.page("storm", 2)), [2, 1]);
}

#[test]
fn rows_follow_their_documents() {
    let shelf = Shelf::of(&[("a", "old"), ("b", "old")]);
    put(&shelf.sql, 1, &terms("a", "new")).unwrap();
    assert_eq!((shelf.found("old"), shelf.found("new")), (vec![2], vec![1]));
    remove(&shelf.sql, 1).unwrap();
    remove(&shelf.sql, 1).unwrap();
    assert_eq!(shelf.page("new", 1), SearchPage::default());
}

#[test]
fn a_frequent_word_is_counted_exactly_and_reached_up_to_the_limit() {
    let shelf = Shelf::new();
    let documents = SEARCH_CANDIDATES as i64 + 500;
    shelf.sql.execute_batch("BEGIN").unwrap();
    for n in 1..=documents {
        shelf.add(n, 0, "note", if n % 5 == 0 { "odd word" } else { "common word" });
    }
    shelf.sql.execute_batch("COMMIT").unwrap();
    for (query, expected) in [("word", documents), ("common", documents / 5 * 4)] {
        for limit in [0, 1, 20] {
            let page = shelf.page(query, limit);
            assert_eq!((page.total, page.hits.len()), (expected as u64, limit), "{query}");
        }
        assert_eq!(shelf.found(query).into_iter().collect::<BTreeSet<_>>().len(), expected as usize);
    }
    assert_eq!(shelf.request("word in:x", None, 5).unwrap(), SearchPage::default());
    let clamped = shelf.page("word", usize::MAX);
    assert_eq!(clamped.hits.len() as i64, documents);

    let removed = 100;
    (1..=removed).for_each(|n| remove(&shelf.sql, n).unwrap());
    put(&shelf.sql, documents, &terms("note", "another")).unwrap();
    let left = (documents - removed - 1) as u64;
    for query in ["word", "\"word\"", "WORD", "word -another", "wor*"] {
        assert_eq!(shelf.page(query, 1).total, left, "{query}");
    }
}

#[test]
fn a_row_without_its_document_is_passed_over_and_a_query_over_the_limit_refused() {
    let shelf = Shelf::of(&[("a", "b")]);
    put(&shelf.sql, 9, &terms("lost", "lost")).unwrap();
    assert_eq!(shelf.page("lost", 1).hits, []);
    put(&shelf.sql, 9, &terms("a", "b")).unwrap();
    assert_eq!(shelf.page("a", 2).hits.len(), 1);
    let long = "x".repeat(QUERY_BYTES as usize + 1);
    assert!(matches!(shelf.request(&long, None, 1), Err(Error::LimitExceeded { what: "query_bytes", .. })));
    assert!(matches!(
        shelf.request(&"x ".repeat(65), None, 1),
        Err(Error::LimitExceeded { what: "query_terms", .. })
    ));
    assert!(shelf.request(&"漢".repeat(QUERY_BYTES as usize / 3), None, 1).is_ok());
    assert!(shelf.request(&"-x* \"y\" ".repeat(32), None, 1).is_ok());
}

proptest! {
    #[test]
    fn whatever_is_typed_is_answered_or_over_a_limit(
        query in prop_oneof![
            any::<String>(),
            "[-*\"':inANDORT(){}^+a 你\0\u{1}\u{7f}\u{e000}\u{903}]{0,60}",
            "([a-c*\"-]{1,3} ){0,80}",
        ]
    ) {
        thread_local!(static SHELF: Shelf = Shelf::of(&[("a b", "a and near 你好\u{903} b"), ("T", "or not")]));
        let answer = SHELF.with(|shelf| shelf.request(&query, None, 5));
        prop_assert!(matches!(answer, Ok(_) | Err(Error::LimitExceeded { .. })), "{answer:?}");
    }
}

/// Public-domain lines: the Analects; Natsume Sōseki; Kim Sowol; Sunthorn Phu.
const EXCERPTS: [(&str, &str); 4] = [
    (
        "chinese",
        "子曰：「學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？人不知而不慍，不亦君子乎？」\n\
         有子曰：「其為人也孝弟，而好犯上者，鮮矣；不好犯上，而好作亂者，未之有也。」\n\
         子曰：「巧言令色，鮮矣仁！」\n曾子曰：「吾日三省吾身：為人謀而不忠乎？與朋友交而不信乎？傳不習乎？」",
    ),
    (
        "japanese",
        "吾輩は猫である。名前はまだ無い。\n\
         どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。\n\
         吾輩はここで始めて人間というものを見た。",
    ),
    (
        "korean",
        "나 보기가 역겨워 가실 때에는 말없이 고이 보내 드리우리다\n\
         영변에 약산 진달래꽃 아름 따다 가실 길에 뿌리우리다\n가시는 걸음걸음 놓인 그 꽃을 사뿐히 즈려밟고 가시옵소서",
    ),
    ("thai", "แต่ปางหลังยังมีกรุงกษัตริย์\nสมมุติวงศ์ทรงนามท้าวสุทัศน์\nผ่านสมบัติรัตนานามธานี\nอันกรุงไกรใหญ่ยาวเก้าโยชน์"),
];

/// Texts without spaces between words, by language: the large ones where they are, else the excerpts.
#[allow(clippy::print_stderr)]
fn unspaced_texts() -> Vec<(String, String)> {
    let Some(folder) =
        std::env::var_os("WRITEMAGIC_TEST_DATA").map(|folder| PathBuf::from(folder).join("text"))
    else {
        eprintln!("WRITEMAGIC_TEST_DATA is not set: recall is tested on committed excerpts");
        return EXCERPTS.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().to_lowercase();
        if ["chinese", "japanese", "korean", "thai"].iter().any(|language| name.contains(language)) {
            texts.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    assert!(texts.len() >= 7, "{} texts", texts.len());
    texts
}

/// A text as a scan compares it: in the usual width, without what does not show.
fn comparable(text: &str) -> String {
    text.chars().filter(|c| !is_ignorable(*c) && !is_ignored_mark(*c)).map(usual_width).collect()
}

#[test]
fn every_run_of_one_two_or_three_characters_is_found_exactly_where_a_scan_finds_it() {
    for (name, text) in unspaced_texts() {
        let paragraphs: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let shelf = Shelf::new();
        shelf.sql.execute_batch("BEGIN").unwrap();
        for (index, paragraph) in paragraphs.iter().enumerate() {
            shelf.add(index as i64 + 1, 0, "", paragraph);
        }
        shelf.sql.execute_batch("COMMIT").unwrap();
        let scanned: Vec<String> = paragraphs.iter().map(|paragraph| comparable(paragraph)).collect();

        let characters: Vec<char> = text.chars().collect();
        let scalars: Vec<usize> =
            (0..characters.len()).filter(|at| is_scalar_script(characters[*at])).collect();
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        for round in 0..240 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = scalars[random as usize % scalars.len()];
            let run = &characters[at..characters.len().min(at + round % 3 + 1)];
            if !run.iter().all(|character| is_scalar_script(*character)) {
                continue;
            }
            let query: String = run.iter().collect();
            let wanted = comparable(&query);
            let expected: BTreeSet<i64> =
                (1..).zip(&scanned).filter(|(_, text)| text.contains(&wanted)).map(|(n, _)| n).collect();
            let parsed = Query::parse(&query).unwrap();
            let expression = parsed.expression().unwrap();
            let (ranked, total) = rank::rank(&shelf.sql, &parsed, &expression, None, 10_000).unwrap();
            let found: BTreeSet<i64> = ranked.iter().map(|ranked| ranked.n).collect();
            assert_eq!((found, total), (expected.clone(), expected.len() as u64), "{query} in {name}");
            let page = shelf.page(&query, 3);
            assert_eq!(page.total, total);
            for hit in &page.hits {
                assert!(!hit.ranges.is_empty(), "{query} in {name}");
                for found in marked(hit) {
                    assert!(comparable(&found).contains(&wanted), "{found} for {query} in {name}");
                }
            }
        }
    }
}
