// swift-tools-version: 6.0
import PackageDescription

// The Swift layer beside UniFFI's: `cargo xtask bench swift` has both libraries built, in the folder that WRITEMAGIC_LIBRARY names, and
// UniFFI's Swift written to `target`.
let folder = Context.environment["WRITEMAGIC_LIBRARY"] ?? "."

let package = Package(
    name: "WriteMagicBenches",
    platforms: [.macOS(.v12)],
    dependencies: [.package(path: "../../../ffi/ios/swift")],
    targets: [
        .systemLibrary(name: "PeerFFI", path: "target/PeerFFI"),
        .target(
            name: "Peer",
            dependencies: ["PeerFFI"],
            path: "target/Peer",
            // What it generates is not of version 6 of the language.
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: [.unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath", "-Xlinker", folder])]
        ),
        .executableTarget(name: "Bench", dependencies: ["Peer", .product(name: "WriteMagic", package: "swift")]),
    ]
)
