//! The engine's limits, by the names that its comments call them. Other languages do not have these names: they are told the numbers.

use std::collections::HashMap;

use syn::{BinOp, Expr, Item, Lit};

/// Reads those of a source file.
pub(crate) fn read(items: &[Item], limits: &mut HashMap<String, u64>) {
    for item in items {
        if let Item::Const(item) = item
            && let Some(value) = value(&item.expr, limits)
        {
            limits.insert(item.ident.to_string(), value);
        }
    }
}

fn value(expression: &Expr, known: &HashMap<String, u64>) -> Option<u64> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(inner) => value(&inner.expr, known),
        Expr::Path(path) => known.get(&path.path.get_ident()?.to_string()).copied(),
        Expr::Binary(binary) => {
            let (left, right) = (value(&binary.left, known)?, value(&binary.right, known)?);
            match binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Shl(_) => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A limit as a sentence has it: `4 KiB`, `255 bytes`, `10,000`.
pub(crate) fn spelled(name: &str, value: u64) -> String {
    let unit = name.rsplit('_').next().unwrap_or_default();
    match unit {
        "BYTES" if value.is_multiple_of(1 << 20) => format!("{} MiB", grouped(value >> 20)),
        "BYTES" if value.is_multiple_of(1 << 10) => format!("{} KiB", grouped(value >> 10)),
        "BYTES" => format!("{} bytes", grouped(value)),
        _ => grouped(value),
    }
}

/// With a comma before every three digits.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let before = |(place, digit): (usize, char)| {
        let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_and_sums_of_numbers() {
        let source = "const A: u64 = 1_000; const B: u64 = (A + 24) << 10; const C: u64 = 3 * 5 - 1; const D: u64 = later();\n\
                      const E: &str = \"a\"; fn f() {}";
        let mut limits = HashMap::new();
        read(&syn::parse_file(source).unwrap().items, &mut limits);
        let expected = [("A", 1000), ("B", 1 << 20), ("C", 14)].map(|(name, value)| (name.to_owned(), value));
        assert_eq!(limits, HashMap::from(expected));
    }

    #[test]
    fn a_limit_is_said_in_its_unit() {
        let said = [
            ("PAGE_ROWS", 10_000, "10,000"),
            ("TARGET", 1_000_000_000, "1,000,000,000"),
            ("ID_PREFIX_CHARS", 6, "6"),
            ("NAME_BYTES", 255, "255 bytes"),
            ("QUERY_BYTES", 4096, "4 KiB"),
            ("MERGE_BYTES", 16 << 20, "16 MiB"),
        ];
        for (name, value, expected) in said {
            assert_eq!(spelled(name, value), expected);
        }
    }
}
