import Foundation

/// A part of a text, in UTF-16 units, as `NSRange` counts: the ``end`` is not in it.
///
/// A `String` of Swift counts in characters, of which one can have many units: 👩‍👩‍👧 has 8. These conversions are exact for every text.
public struct TextRange: Hashable, Sendable, CustomStringConvertible {
    /// The first unit.
    public let start: Int
    /// The unit behind the last one.
    public let end: Int

    /// From `start` to `end`, the end not in it.
    public init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    /// The same units. `NSNotFound` is refused where the range is used.
    public init(_ range: NSRange) {
        start = range.location
        end = range.location.addingReportingOverflow(range.length).partialValue
    }

    /// Where a part of a text is. Linear in the text that is before its end, unless that is ASCII.
    public init(_ range: Range<String.Index>, in text: String) {
        let units = text.utf16
        start = units.distance(from: units.startIndex, to: range.lowerBound)
        end = start + units.distance(from: range.lowerBound, to: range.upperBound)
    }

    /// How many units it has.
    public var length: Int {
        end - start
    }

    /// The same units.
    public var nsRange: NSRange {
        NSRange(location: start, length: length)
    }

    /// The part of a text; nil where it is not inside of the text, or begins or ends inside of a surrogate pair. Characters may be
    /// cut: see ``widened(toCharactersIn:)``.
    public func range(in text: String) -> Range<String.Index>? {
        let units = text.utf16
        guard start >= 0, end >= start,
              let lower = units.index(units.startIndex, offsetBy: start, limitedBy: units.endIndex),
              let upper = units.index(lower, offsetBy: length, limitedBy: units.endIndex),
              let first = lower.samePosition(in: text.unicodeScalars),
              let last = upper.samePosition(in: text.unicodeScalars)
        else { return nil }
        return first..<last
    }

    /// The smallest range around this one that cuts no character: no emoji, no combining mark, no CRLF. Nil where this one is not
    /// inside of the text.
    public func widened(toCharactersIn text: String) -> TextRange? {
        let units = text.utf16
        guard start >= 0, end >= start,
              let lower = units.index(units.startIndex, offsetBy: start, limitedBy: units.endIndex),
              let upper = units.index(lower, offsetBy: length, limitedBy: units.endIndex)
        else { return nil }
        var (first, last) = (lower, upper)
        while first > text.startIndex, first.samePosition(in: text) == nil { first = units.index(before: first) }
        while last < text.endIndex, last.samePosition(in: text) == nil { last = units.index(after: last) }
        return TextRange(first..<last, in: text)
    }

    public var description: String {
        "\(start)..<\(end)"
    }
}

extension String {
    /// The part of this text that is in a range; nil as ``TextRange/range(in:)``.
    public subscript(range: TextRange) -> Substring? {
        range.range(in: self).map { self[$0] }
    }
}
