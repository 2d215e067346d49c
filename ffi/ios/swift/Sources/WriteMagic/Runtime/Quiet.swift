/// What is printed of a value that has texts of the user's, or keys, in it: the parts that have none.
struct Shown {
    let name: String
    let parts: KeyValuePairs<String, Any>

    init(_ name: String, _ parts: KeyValuePairs<String, Any>) {
        (self.name, self.parts) = (name, parts)
    }
}

/// A value of which nothing prints more than ``shownParts``: not `print`, not `dump`, not a mirror of what it
/// is part of.
protocol Quiet: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var shownParts: Shown { get }
}

extension Quiet {
    public var description: String {
        let shown = shownParts
        let parts = shown.parts.map { name, value in "\(name): \(String(reflecting: value))" }
        return "\(shown.name)(\(parts.joined(separator: ", ")))"
    }

    public var debugDescription: String {
        description
    }

    public var customMirror: Mirror {
        Mirror(self, children: shownParts.parts.map { (label: $0, value: $1) })
    }
}
