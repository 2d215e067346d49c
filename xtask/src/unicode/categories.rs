//! General categories as far as `text/category` tells them apart: two bits a code point.

use anyhow::{Result, ensure};

use super::source::Source;
use super::stages::Stages;
use super::ucd::{CODE_POINTS, Ucd};

/// Bytes of a page: 64 code points.
const PAGE: usize = 16;
/// Pages of a group.
const GROUP: usize = 64;

/// As `text/category/mod.rs` reads it.
fn bits(ucd: &Ucd, code_point: u32) -> u8 {
    match ucd.general_category.get(code_point) {
        "Mn" => 1,
        "Pc" | "Pd" | "Ps" | "Pe" | "Pi" | "Pf" | "Po" => 2,
        "Cc" | "Cf" | "Co" => 3,
        _ => 0,
    }
}

pub(crate) fn write(ucd: &Ucd) -> Result<Source> {
    let code_points: Vec<u32> = (0..CODE_POINTS as u32).collect();
    let four =
        |four: &[u32]| four.iter().rev().fold(0, |byte, code_point| byte << 2 | bits(ucd, *code_point));
    let bytes: Vec<u8> = code_points.chunks(4).map(four).collect();
    let pages = Stages::of(&bytes, PAGE);
    let groups = Stages::of(&pages.index, GROUP);
    ensure!(pages.blocks.len() / PAGE <= 256 && groups.blocks.len() / GROUP <= 256, "an index is one byte");

    let mut source =
        Source::new("General categories of every code point: group, page, four code points a byte.");
    source.table("For each 4096 code points, their group of 64 pages.", "GROUPS", "u8", &groups.index);
    source.table("For each 64 code points of a group, their page.", "PAGES", "u8", &groups.blocks);
    source.table(
        "For each four code points of a page, the lowest bits first.",
        "CATEGORIES",
        "u8",
        &pages.blocks,
    );
    Ok(source)
}
