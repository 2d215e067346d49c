//! Values as bytes and back. The layout is that of [`Shape`]; both ends are of one build, so there are no versions.

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use writemagic::text::utf8;
use writemagic::{
    AnchorId, BibleEntryId, BibleFactId, BibleRenameId, BranchId, Code, Coded, Details, DocumentId, FolderId,
    LibraryId, ProposalId, RunId, Timestamp, Version,
};

use writemagic_boundary::Handle;

use crate::host::AppObject;
use crate::shape::Shape;

/// A value with a form.
pub(crate) trait Shaped {
    const SHAPE: Shape;
}

/// A value that the engine hands out.
pub(crate) trait Encode: Shaped {
    fn encode(&self, out: &mut Vec<u8>);

    /// Alone.
    fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// A value that the engine takes.
pub(crate) trait Decode: Shaped + Sized {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed>;
}

/// A request that the generated sources would not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request is malformed at byte {at}: {reason}")]
pub(crate) struct Malformed {
    /// Where, in bytes.
    at: usize,
    /// What was expected.
    reason: &'static str,
}

impl Coded for Malformed {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        Details::none().with("what", "request").with("reason", self.reason).with("offset", self.at as u64)
    }
}

/// What is left of a request.
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed { at: self.at, reason }
    }

    fn left(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let taken = self.left().get(..count).ok_or_else(|| self.malformed("it is too short"))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let bytes = *self.left().first_chunk().ok_or_else(|| self.malformed("it is too short"))?;
        self.at += N;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        // Whatever there are so many of takes a byte each, so that no length makes room for more than the request.
        if length > self.left().len() {
            Err(self.malformed("a length is beyond the end"))
        } else {
            Ok(length)
        }
    }

    pub(crate) fn handle(&mut self) -> Result<Handle, Malformed> {
        self.array().map(|bytes| Handle::from_raw(i64::from_le_bytes(bytes)))
    }

    pub(crate) fn app_object(&mut self) -> Result<AppObject, Malformed> {
        self.array().map(|bytes| AppObject::new(u64::from_le_bytes(bytes)))
    }

    /// A text that only means something to the engine.
    pub(crate) fn token<T: FromStr>(&mut self, reason: &'static str) -> Result<T, Malformed> {
        String::decode(self)?.parse().map_err(|_| self.malformed(reason))
    }

    /// The byte before a variant, or another one of a few.
    pub(crate) fn tag(&mut self) -> Result<u8, Malformed> {
        self.byte()
    }

    pub(crate) fn no_such_tag(&self) -> Malformed {
        self.malformed("no variant has this number")
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.left().is_empty() { Ok(()) } else { Err(self.malformed("it is too long")) }
    }
}

macro_rules! shaped {
    ($($type:ty => $shape:expr;)*) => { $(impl Shaped for $type { const SHAPE: Shape = $shape; })* };
}

shaped! {
    () => Shape::Unit;
    bool => Shape::Bool;
    u32 => Shape::U32;
    u64 => Shape::U64;
    usize => Shape::U64;
    f32 => Shape::F64;
    f64 => Shape::F64;
    String => Shape::Text;
    &str => Shape::Text;
    Arc<str> => Shape::Text;
    PathBuf => Shape::Path;
    Version => Shape::Token("VersionId");
    Timestamp => Shape::Timestamp;
    Duration => Shape::Duration;
    Range<u64> => Shape::Range;
    Range<usize> => Shape::Range;
    Floats => Shape::Floats;
    Code => Shape::Code;
    Blob => Shape::Bytes;
}

/// Bytes as they are: a whole text, in UTF-8.
pub(crate) struct Blob(pub(crate) Vec<u8>);

/// Numbers side by side: a vector.
pub(crate) struct Floats(pub(crate) Vec<f32>);

impl Decode for Floats {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let count = input.length()?;
        let mut bytes = input.take(count.saturating_mul(4))?;
        let mut floats = Vec::with_capacity(count);
        while let Some((float, rest)) = bytes.split_first_chunk() {
            floats.push(f32::from_le_bytes(*float));
            bytes = rest;
        }
        Ok(Self(floats))
    }
}

impl Encode for Code {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::from(self.number()).encode(out);
    }
}

impl Encode for () {
    fn encode(&self, _: &mut Vec<u8>) {}
}

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Decode for bool {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(input.malformed("neither true nor false")),
        }
    }
}

impl Encode for u32 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl Decode for u32 {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.array().map(Self::from_le_bytes)
    }
}

impl Encode for u64 {
    fn encode(&self, out: &mut Vec<u8>) {
        // The other side has numbers with a sign alone.
        out.extend_from_slice(&(*self).min(i64::MAX.unsigned_abs()).to_le_bytes());
    }
}

impl Decode for u64 {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let number = i64::from_le_bytes(input.array()?);
        Self::try_from(number).map_err(|_| input.malformed("a number is below zero"))
    }
}

impl Encode for usize {
    fn encode(&self, out: &mut Vec<u8>) {
        (*self as u64).encode(out);
    }
}

impl Decode for usize {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        // What is more than this machine can count is as much as it can.
        u64::decode(input).map(|number| Self::try_from(number).unwrap_or(Self::MAX))
    }
}

impl Encode for f64 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl Decode for f64 {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.array().map(Self::from_le_bytes)
    }
}

impl Encode for f32 {
    fn encode(&self, out: &mut Vec<u8>) {
        f64::from(*self).encode(out);
    }
}

impl Decode for f32 {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        f64::decode(input).map(|number| number as Self)
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    // Nothing that the engine hands out is longer than 4 GiB.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    length.encode(out);
    out.extend_from_slice(bytes.get(..length as usize).unwrap_or(bytes));
}

impl Encode for Blob {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(&self.0, out);
    }
}

impl Decode for Blob {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let length = input.length()?;
        input.take(length).map(|bytes| Self(bytes.to_vec()))
    }
}

impl Encode for String {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }
}

impl Decode for String {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let length = input.length()?;
        let text = utf8::validate(input.take(length)?);
        text.map(str::to_owned).map_err(|_| input.malformed("a text is not UTF-8"))
    }
}

impl Encode for &str {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }
}

impl Encode for Arc<str> {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }
}

impl Encode for PathBuf {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(self.to_string_lossy().as_bytes(), out);
    }
}

impl Decode for PathBuf {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        String::decode(input).map(Self::from)
    }
}

impl Encode for Version {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(self.to_string().as_bytes(), out);
    }
}

impl Decode for Version {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.token("no version has such a name")
    }
}

macro_rules! ids {
    ($($id:ident)*) => { $(
        impl Shaped for $id {
            const SHAPE: Shape = Shape::Id(stringify!($id));
        }

        impl Encode for $id {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.as_bytes());
            }
        }

        impl Decode for $id {
            fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
                input.array().map(Self::from_bytes)
            }
        }
    )* };
}

ids! {
    AnchorId BibleEntryId BibleFactId BibleRenameId BranchId DocumentId FolderId LibraryId ProposalId RunId
}

impl Encode for Timestamp {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.as_millis().to_le_bytes());
    }
}

impl Decode for Timestamp {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.array().map(|bytes| Self::from_millis(i64::from_le_bytes(bytes)))
    }
}

impl Encode for Duration {
    fn encode(&self, out: &mut Vec<u8>) {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX).encode(out);
    }
}

impl Decode for Duration {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        u64::decode(input).map(Self::from_millis)
    }
}

impl Encode for Range<u64> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.start.encode(out);
        self.end.encode(out);
    }
}

impl Decode for Range<u64> {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let (start, end) = (u64::decode(input)?, u64::decode(input)?);
        if start <= end { Ok(start..end) } else { Err(input.malformed("a range ends before it begins")) }
    }
}

impl Encode for Range<usize> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.start.encode(out);
        self.end.encode(out);
    }
}

impl<T: Shaped> Shaped for Option<T> {
    const SHAPE: Shape = Shape::Option(&T::SHAPE);
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        self.iter().for_each(|value| value.encode(out));
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        Ok(if bool::decode(input)? { Some(T::decode(input)?) } else { None })
    }
}

fn put_list<T: Encode>(values: &[T], out: &mut Vec<u8>) {
    u32::try_from(values.len()).unwrap_or(u32::MAX).encode(out);
    values.iter().take(u32::MAX as usize).for_each(|value| value.encode(out));
}

impl<T: Shaped> Shaped for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let count = input.length()?;
        (0..count).map(|_| T::decode(input)).collect()
    }
}

impl Decode for () {
    fn decode(_: &mut Input<'_>) -> Result<Self, Malformed> {
        Ok(())
    }
}

impl<T: Shaped> Shaped for Arc<[T]> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

impl<T: Encode> Encode for Arc<[T]> {
    fn encode(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }
}

impl<T: Shaped, const N: usize> Shaped for [T; N] {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

impl<T: Encode, const N: usize> Encode for [T; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }
}

impl<T: Shaped> Shaped for &T {
    const SHAPE: Shape = T::SHAPE;
}

impl<T: Encode> Encode for &T {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl<T: Shaped> Shaped for Box<T> {
    const SHAPE: Shape = T::SHAPE;
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}
