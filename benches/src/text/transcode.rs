//! Between UTF-8 and UTF-16, into buffers that are there.

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

    pub(super) fn contenders(self, text: &str) -> Vec<Contender<'static>> {
        let mut contenders: Vec<Contender<'static>> =
            Path::available().map(|path| Contender::on(path, self.ours(text))).collect();
        contenders.extend(self.peers(text));
        contenders
    }

    fn ours(self, text: &str) -> Box<dyn FnMut(&str) -> u64> {
        let units: Vec<u16> = text.encode_utf16().collect();
        match self {
            Direction::Length => Box::new(utf16::len),
            Direction::ToUtf16 => {
                let mut out = vec![0; text.len()];
                Box::new(move |text| utf16::encode_into(text, &mut out).map_or(0, |written| written as u64))
            }
            Direction::ToUtf8 => {
                let mut out = vec![0; text.len()];
                Box::new(move |_| utf16::decode_into(&units, &mut out).map_or(0, |written| written as u64))
            }
        }
    }

    fn peers(self, text: &str) -> Vec<Contender<'static>> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let (mut wide, mut wide_2) = (vec![0_u16; text.len()], vec![0_u16; text.len()]);
        let (mut narrow, mut narrow_2) = (vec![0_u8; units.len() * 3], vec![0_u8; units.len() * 3]);
        let (units_2, units_3) = (units.clone(), units.clone());
        match self {
            Direction::Length => vec![
                Contender::new("simdutf (C++)", |text| {
                    simdutf::utf16_length_from_utf8(text.as_bytes()) as u64
                }),
                Contender::new("str_indices", |text| str_indices::utf16::count(text) as u64),
                Contender::new("std", |text| text.encode_utf16().count() as u64),
            ],
            Direction::ToUtf16 => vec![
                Contender::new("simdutf (C++)", move |text| simdutf_to_utf16(text, &mut wide)),
                Contender::new("encoding_rs", move |text| {
                    encoding_rs::mem::convert_str_to_utf16(text, &mut wide_2) as u64
                }),
                Contender::new("std", |text| {
                    let mut out = Vec::with_capacity(text.len());
                    out.extend(text.encode_utf16());
                    out.len() as u64
                }),
            ],
            Direction::ToUtf8 => vec![
                Contender::new("simdutf (C++)", move |_| simdutf_to_utf8(&units, &mut narrow)),
                Contender::new("encoding_rs", move |_| {
                    encoding_rs::mem::convert_utf16_to_utf8(&units_2, &mut narrow_2) as u64
                }),
                Contender::new("std", move |_| {
                    String::from_utf16(&units_3).map_or(0, |text| text.len() as u64)
                }),
            ],
        }
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
