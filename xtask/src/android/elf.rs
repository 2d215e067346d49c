//! What Android's linker will see of a shared library: how its segments are aligned, and the names that it gives out.
//!
//! Only what is asked here is read, of little-endian files of 32 or 64 bits. Nothing in a file is believed: every offset is checked.

use anyhow::{Context as _, Result, bail, ensure};

/// What a library's segments must be aligned to where pages may have 16 KiB: on processors of 64 bits.
pub(crate) const PAGE: u64 = 16 * 1024;

const LOAD: u32 = 1;
const DYNAMIC_SYMBOLS: u32 = 11;

/// A shared library, as the bytes of its file.
pub(crate) struct Elf<'a> {
    bytes: &'a [u8],
    is_64: bool,
    machine: u16,
}

impl<'a> Elf<'a> {
    /// Reads the file's first bytes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        ensure!(bytes.starts_with(b"\x7FELF"), "not an ELF file");
        let is_64 = match bytes.get(4..6) {
            Some([1, 1]) => false,
            Some([2, 1]) => true,
            _ => bail!("an ELF file of a kind that no Android device has"),
        };
        let elf = Self { bytes, is_64, machine: 0 };
        Ok(Self { machine: elf.u16(18)?, ..elf })
    }

    /// The processor, as the format numbers them.
    pub(crate) fn machine(&self) -> u16 {
        self.machine
    }

    /// Whether addresses have 64 bits.
    pub(crate) fn is_64(&self) -> bool {
        self.is_64
    }

    /// The alignment of each segment that is loaded.
    pub(crate) fn load_alignments(&self) -> Result<Vec<u64>> {
        let (table, size, count) = if self.is_64 {
            (self.u64(32)?, self.u16(54)?, self.u16(56)?)
        } else {
            (self.u32(28)?.into(), self.u16(42)?, self.u16(44)?)
        };
        let mut alignments = Vec::new();
        for header in headers(table, size, count)? {
            if self.u32(header)? == LOAD {
                alignments.push(if self.is_64 {
                    self.u64(plus(header, 48)?)?
                } else {
                    self.u32(plus(header, 28)?)?.into()
                });
            }
        }
        ensure!(!alignments.is_empty(), "no segment is loaded");
        Ok(alignments)
    }

    /// Fails where a segment is aligned to less than a page of 16 KiB.
    pub(crate) fn check_alignment(&self) -> Result<()> {
        let alignments = self.load_alignments()?;
        let least = alignments.iter().copied().min().unwrap_or_default();
        ensure!(
            least >= PAGE,
            "a LOAD segment is aligned to {least} bytes, and devices have pages of {PAGE}"
        );
        Ok(())
    }

    /// The names that are defined here and visible to others.
    pub(crate) fn exports(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let sections = self.sections()?;
        let symbols = sections.iter().find(|section| section.kind == DYNAMIC_SYMBOLS);
        let symbols = symbols.context("the dynamic symbols")?;
        let strings =
            sections.get(usize::try_from(symbols.link)?).context("the names of the dynamic symbols")?;
        let size = if self.is_64 { 24 } else { 16 };
        let mut at = symbols.offset;
        let end = symbols.offset.checked_add(symbols.length).context("the dynamic symbols")?;
        while at.checked_add(size).is_some_and(|next| next <= end) {
            let (info, home) = if self.is_64 { (4, 6) } else { (12, 14) };
            let is_local = self.byte(plus(at, info)?)? >> 4 == 0;
            let is_defined = self.u16(plus(at, home)?)? != 0;
            if is_defined && !is_local {
                names.push(self.text(plus(strings.offset, self.u32(at)?.into())?)?);
            }
            at += size;
        }
        names.sort();
        Ok(names)
    }

    /// Fails where more leaves the library by name than the JVM looks for.
    pub(crate) fn check_exports(&self) -> Result<()> {
        let exports = self.exports()?;
        ensure!(
            exports == ["JNI_OnLoad", "JNI_OnUnload"],
            "exports {} and should export JNI_OnLoad and JNI_OnUnload alone",
            if exports.is_empty() { "nothing".to_owned() } else { exports.join(" ") }
        );
        Ok(())
    }

    fn sections(&self) -> Result<Vec<Section>> {
        let (table, size, count) = if self.is_64 {
            (self.u64(40)?, self.u16(58)?, self.u16(60)?)
        } else {
            (self.u32(32)?.into(), self.u16(46)?, self.u16(48)?)
        };
        let mut sections = Vec::new();
        for header in headers(table, size, count)? {
            let kind = self.u32(plus(header, 4)?)?;
            sections.push(if self.is_64 {
                Section {
                    kind,
                    offset: self.u64(plus(header, 24)?)?,
                    length: self.u64(plus(header, 32)?)?,
                    link: self.u32(plus(header, 40)?)?,
                }
            } else {
                Section {
                    kind,
                    offset: self.u32(plus(header, 16)?)?.into(),
                    length: self.u32(plus(header, 20)?)?.into(),
                    link: self.u32(plus(header, 24)?)?,
                }
            });
        }
        Ok(sections)
    }

    fn array<const LENGTH: usize>(&self, at: u64) -> Result<[u8; LENGTH]> {
        let at = usize::try_from(at)?;
        let bytes = at.checked_add(LENGTH).and_then(|end| self.bytes.get(at..end));
        bytes.context("the file ends too early")?.try_into().context("as many as were asked for")
    }

    fn byte(&self, at: u64) -> Result<u8> {
        Ok(self.array::<1>(at)?[0])
    }

    fn u16(&self, at: u64) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array(at)?))
    }

    fn u32(&self, at: u64) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(at)?))
    }

    fn u64(&self, at: u64) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(at)?))
    }

    fn text(&self, at: u64) -> Result<String> {
        let rest = self.bytes.get(usize::try_from(at)?..).context("a name beyond the file")?;
        let end = rest.iter().position(|byte| *byte == 0).context("a name without an end")?;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }
}

struct Section {
    kind: u32,
    offset: u64,
    length: u64,
    link: u32,
}

/// Where the headers of a table stand.
fn headers(table: u64, size: u16, count: u16) -> Result<Vec<u64>> {
    (0..u64::from(count)).map(|header| plus(table, header * u64::from(size))).collect()
}

fn plus(at: u64, more: u64) -> Result<u64> {
    at.checked_add(more).context("an offset beyond all files")
}

#[cfg(test)]
pub(crate) mod made_up {
    //! Small libraries that consist of headers and a table of names.

    /// A library with two segments that are loaded, aligned to `alignment`, and these names.
    pub(crate) fn library(is_64: bool, machine: u16, alignment: u64, names: &[&str]) -> Vec<u8> {
        let (header, program, section, symbol) = if is_64 { (64, 56, 64, 24) } else { (52, 32, 40, 16) };
        let mut strings = vec![0_u8];
        let mut symbols = vec![0_u8; symbol];
        for name in names {
            let mut one = Vec::new();
            put(&mut one, strings.len() as u64, 4);
            if is_64 {
                one.extend([0x12, 0, 1, 0]);
                put(&mut one, 0, 16);
            } else {
                put(&mut one, 0, 8);
                one.extend([0x12, 0, 1, 0]);
            }
            symbols.extend(one);
            strings.extend(name.as_bytes());
            strings.push(0);
        }
        let programs_at = header;
        let sections_at = programs_at + 3 * program;
        let symbols_at = sections_at + 3 * section;
        let strings_at = symbols_at + symbols.len();
        let word = if is_64 { 8 } else { 4 };

        let mut file = b"\x7FELF".to_vec();
        file.extend([1 + u8::from(is_64), 1, 1, 0]);
        file.resize(16, 0);
        put(&mut file, 3, 2);
        put(&mut file, machine.into(), 2);
        put(&mut file, 1, 4);
        put(&mut file, 0, word);
        put(&mut file, programs_at as u64, word);
        put(&mut file, sections_at as u64, word);
        put(&mut file, 0, 4);
        for half in [header, program, 3, section, 3, 0] {
            put(&mut file, half as u64, 2);
        }
        assert_eq!(file.len(), header);
        for (kind, alignment) in [(1, alignment), (2, 8), (1, alignment)] {
            let start = file.len();
            put(&mut file, kind, 4);
            file.resize(start + program - word, 0);
            put(&mut file, alignment, word);
        }
        for (kind, offset, length, link) in
            [(0, 0, 0, 0), (11, symbols_at, symbols.len(), 2), (3, strings_at, strings.len(), 0)]
        {
            let start = file.len();
            put(&mut file, 0, 4);
            put(&mut file, kind, 4);
            put(&mut file, 0, 2 * word);
            put(&mut file, offset as u64, word);
            put(&mut file, length as u64, word);
            put(&mut file, link, 4);
            file.resize(start + section, 0);
        }
        file.extend(symbols);
        file.extend(strings);
        file
    }

    fn put(file: &mut Vec<u8>, value: u64, bytes: usize) {
        let whole = u128::from(value).to_le_bytes();
        file.extend(&whole[..bytes]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["JNI_OnUnload", "JNI_OnLoad"];

    #[test]
    fn segments_and_names_are_read_of_both_sizes() {
        for is_64 in [true, false] {
            let file = made_up::library(is_64, 183, PAGE, NAMES);
            let elf = Elf::read(&file).unwrap();
            assert_eq!(elf.machine(), 183);
            assert_eq!(elf.load_alignments().unwrap(), [PAGE, PAGE]);
            assert_eq!(elf.exports().unwrap(), ["JNI_OnLoad", "JNI_OnUnload"]);
            elf.check_alignment().unwrap();
            elf.check_exports().unwrap();
        }
    }

    #[test]
    fn a_library_for_pages_of_4_kib_is_refused() {
        let file = made_up::library(true, 183, 4096, NAMES);
        let error = Elf::read(&file).unwrap().check_alignment().unwrap_err().to_string();
        assert!(error.contains("aligned to 4096 bytes"), "{error}");
    }

    #[test]
    fn a_name_too_many_or_too_few_is_refused() {
        for names in [&["JNI_OnLoad", "JNI_OnUnload", "sqlite3_open"][..], &["JNI_OnLoad"], &[]] {
            let file = made_up::library(true, 183, PAGE, names);
            let error = Elf::read(&file).unwrap().check_exports().unwrap_err().to_string();
            assert!(error.contains(names.last().unwrap_or(&"nothing")), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_or_altered_is_an_error_and_no_panic() {
        for is_64 in [true, false] {
            let file = made_up::library(is_64, 183, PAGE, NAMES);
            for end in 0..file.len() {
                let _ = Elf::read(&file[..end]).map(|elf| (elf.load_alignments(), elf.exports()));
            }
            for place in 0..file.len() {
                let mut altered = file.clone();
                altered[place] = 0xFF;
                let _ = Elf::read(&altered).map(|elf| (elf.load_alignments(), elf.exports()));
            }
            assert!(Elf::read(&file[..20]).and_then(|elf| elf.load_alignments()).is_err());
        }
    }
}
