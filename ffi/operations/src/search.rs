//! Search by words and by meaning.

use std::ops::Range;

use writemagic::text::find::{Match, Options};
use writemagic::{
    DocumentId, PassageHit, PassageMode, PassagePage, PassageRequest, SearchHit, SearchPage, SearchRequest,
    Version,
};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::text;

pub(crate) const PART: Part =
    Part { name: "search", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

records! {
    in writemagic::SearchRequest as SearchRequest {
        query: String,
        folder: Option<String>,
        limit: usize = "20",
    }
    out writemagic::SearchHit as SearchHit {
        document: DocumentId,
        title: String,
        score: f64,
        snippet: String,
        ranges: Vec<Range<u64>>,
    }
    out writemagic::SearchPage as SearchPage { hits: Vec<SearchHit>, total: u64 }
    in writemagic::PassageRequest as PassageRequest {
        query: String,
        mode: PassageMode = "PassageMode.Hybrid",
        folder: Option<String>,
        document: Option<DocumentId>,
        limit: usize = "20",
    }
    out writemagic::PassageHit as PassageHit {
        document: DocumentId,
        title: String,
        version: Version,
        score: f64,
        range: Range<u64>,
        text: String,
        ranges: Vec<Range<u64>>,
        words: Vec<String>,
        nearby_words: Vec<String>,
        similarity: f64,
    }
    out writemagic::PassagePage as PassagePage {
        hits: Vec<PassageHit>,
        passages: u64,
        by_meaning: bool,
        is_complete: bool,
    }
}

choices! {
    in writemagic::PassageMode as PassageMode { 0 Hybrid, 1 Meaning }
}

operations! {
    Library in LIBRARIES {
        call search(library, request: SearchRequest) -> SearchPage { library.search(&request) }
        call search_passages(library, request: PassageRequest) -> PassagePage { library.search_passages(&request) }
        work cancellable_search(library, request: SearchRequest) -> SearchPage { library.cancellable_search(request) }
        work cancellable_passage_search(library, request: PassageRequest) -> PassagePage {
            library.cancellable_passage_search(request)
        }
        work index_meaning(library) -> () { library.index_meaning() }
        /// Where the text of a document's main branch has a pattern; case, diacritics and width are ignored unless the options say
        /// otherwise. Touches the disk.
        call find(library, document: DocumentId, pattern: String, options: Options) -> Vec<Match> {
            text::find(&library.text(document)?, &pattern, options)
        }
    }
}
