//! What awkward texts and lists are made of, for property tests and the fuzzer.

/// Pieces that meet in all orders, with `|` between: words of lists, what ends words and what does not, what is found
/// without a list, placeholders and parts of them, characters that change others.
pub(crate) const PIECES: &str = "ana|Ana|ANÁ|a|na|kovač|KOVAC| |\n|\u{A0}|'|-|\u{2011}|.|@|b.cd|x@y.org|+385911234567|\
    4111111111111111|DE89370400440532013000|1|0|091|(|[|]|[NAME1]|[name|NAME1|MARK|山|田中|한|\u{1112}\u{1161}|\u{11AB}|\
    \u{301}|\u{200D}|\u{AD}|\u{20E3}|ß|İ|²|\u{600}|🇩🇪|👩";
