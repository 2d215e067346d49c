//! Between UTF-8 and UTF-16, into buffers that are there.

use std::cell::RefCell;
use std::rc::Rc;

use writemagic::text::dispatch::Path;
use writemagic::text::utf16;

use super::contest::Contender;

/// A direction of transcoding, or the length alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Length,
    ToUtf16,
    ToUtf8,
}

impl Direction {
    pub(super) const EVERY: [Direction; 3] = [Direction::Length, Direction::ToUtf16, Direction::ToUtf8];

    pub(super) fn heading(self) -> &'static str {
        match self {
            Direction::Length => "Length in UTF-16 units",
            Direction::ToUtf16 => "UTF-8 to UTF-16",
            Direction::ToUtf8 => "UTF-16 to UTF-8",
        }
    }

    /// The engine on every path, then the peers, all to be run with `text` itself: into UTF-8 they transcode its units.
    pub(super) fn contenders(self, text: &str) -> Vec<Contender<'static>> {
        let buffers = Rc::new(Buffers::of(self, text));
        let mut contenders: Vec<Contender<'static>> =
            Path::available().map(|path| Contender::on(path, self.ours(&buffers))).collect();
        contenders.extend(self.peers(&buffers));
        contenders
    }

    fn ours(self, buffers: &Rc<Buffers>) -> Box<dyn FnMut(&str) -> u64> {
        let buffers = Rc::clone(buffers);
        match self {
            Direction::Length => Box::new(utf16::len),
            Direction::ToUtf16 => Box::new(move |text| {
                utf16::encode_into(text, &mut buffers.wide.borrow_mut()).map_or(0, |written| written as u64)
            }),
            Direction::ToUtf8 => Box::new(move |_| {
                let written = utf16::decode_into(&buffers.units, &mut buffers.narrow.borrow_mut());
                written.map_or(0, |written| written as u64)
            }),
        }
    }

    fn peers(self, buffers: &Rc<Buffers>) -> Vec<Contender<'static>> {
        let [first, second, third] = std::array::from_fn(|_| Rc::clone(buffers));
        match self {
            Direction::Length => vec![
                Contender::new("simdutf (C++)", |text| {
                    simdutf::utf16_length_from_utf8(text.as_bytes()) as u64
                }),
                Contender::new("str_indices", |text| str_indices::utf16::count(text) as u64),
                Contender::new("std", |text| text.encode_utf16().count() as u64),
            ],
            Direction::ToUtf16 => vec![
                Contender::new("simdutf (C++)", move |text| {
                    simdutf_to_utf16(text, &mut first.wide.borrow_mut())
                }),
                Contender::new("encoding_rs", move |text| {
                    encoding_rs::mem::convert_str_to_utf16(text, &mut second.wide.borrow_mut()) as u64
                }),
                Contender::new("std", move |text| {
                    let mut wide = third.wide.borrow_mut();
                    let units = wide.iter_mut().zip(text.encode_utf16());
                    units.map(|(place, unit)| *place = unit).count() as u64
                }),
            ],
            Direction::ToUtf8 => vec![
                Contender::new("simdutf (C++)", move |_| {
                    simdutf_to_utf8(&first.units, &mut first.narrow.borrow_mut())
                }),
                Contender::new("encoding_rs", move |_| {
                    let mut narrow = second.narrow.borrow_mut();
                    encoding_rs::mem::convert_utf16_to_utf8(&second.units, &mut narrow) as u64
                }),
                Contender::new("std", move |_| {
                    String::from_utf16(&third.units).map_or(0, |text| text.len() as u64)
                }),
            ],
        }
    }
}

/// What all contenders read and write: each its turn.
struct Buffers {
    units: Vec<u16>,
    wide: RefCell<Vec<u16>>,
    /// Three bytes a unit: more than a text takes, and what the peers ask for.
    narrow: RefCell<Vec<u8>>,
}

impl Buffers {
    /// Those that the direction uses.
    fn of(direction: Direction, text: &str) -> Self {
        let units = match direction {
            Direction::ToUtf8 => text.encode_utf16().collect(),
            Direction::Length | Direction::ToUtf16 => Vec::new(),
        };
        // One unit more than the text takes: encoding_rs wants it.
        let wide = if direction == Direction::ToUtf16 { text.len() + 1 } else { 0 };
        Self { wide: RefCell::new(vec![0; wide]), narrow: RefCell::new(vec![0; units.len() * 3]), units }
    }
}

#[allow(unsafe_code, reason = "the peer's functions take raw pointers")]
fn simdutf_to_utf16(text: &str, out: &mut [u16]) -> u64 {
    assert!(out.len() >= text.len());
    // SAFETY: the pointer and the length are those of `text`, and a text never takes more units than bytes, which `out`
    // has room for.
    unsafe { simdutf::convert_utf8_to_utf16(text.as_ptr(), text.len(), out.as_mut_ptr()) as u64 }
}

#[allow(unsafe_code, reason = "the peer's functions take raw pointers")]
fn simdutf_to_utf8(units: &[u16], out: &mut [u8]) -> u64 {
    assert!(out.len() >= units.len() * 3);
    // SAFETY: the pointer and the length are those of `units`, and a unit never takes more than three bytes, which `out`
    // has room for.
    unsafe { simdutf::convert_utf16_to_utf8(units.as_ptr(), units.len(), out.as_mut_ptr()) as u64 }
}
