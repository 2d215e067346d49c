// swift-tools-version: 6.0
import PackageDescription

// The engine is a binary: the XCFramework of the release with this checksum, which the release's workflow writes here. With
// WRITEMAGIC_LIBRARY it is the library in that folder, as `cargo build --package writemagic-ios` makes it, on Linux, too.
let release = "https://github.com/writemagic/writemagic/releases/download/0.1.0/WriteMagicFFI.xcframework.zip"
let checksum = "0000000000000000000000000000000000000000000000000000000000000000"

let folder = Context.environment["WRITEMAGIC_LIBRARY"]
let engine: Target
let linked: [LinkerSetting]
if let folder {
    engine = .systemLibrary(name: "WriteMagicFFI")
    linked = [.unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath", "-Xlinker", folder])]
} else {
    engine = .binaryTarget(name: "WriteMagicFFI", url: release, checksum: checksum)
    linked = []
}

let package = Package(
    name: "WriteMagic",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "WriteMagic", targets: ["WriteMagic"])],
    targets: [
        engine,
        .target(
            name: "WriteMagic",
            dependencies: ["WriteMagicFFI"],
            linkerSettings: linked
        ),
        .testTarget(name: "WriteMagicTests", dependencies: ["WriteMagic"]),
    ],
    swiftLanguageModes: [.v6]
)
