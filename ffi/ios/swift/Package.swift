// swift-tools-version: 6.0
import Foundation
import PackageDescription

// The engine is a binary: the XCFramework of the release with this checksum, both of which `cargo xtask ios` fills in; or one that lies
// beside this file. With WRITEMAGIC_LIBRARY it is the library in that folder, as `cargo build --package writemagic-ios` makes it, on
// Linux, too.
let release = "https://github.com/writemagic/writemagic/releases/download/0.1.0/WriteMagicFFI.xcframework.zip"
let checksum = "0000000000000000000000000000000000000000000000000000000000000000"
let beside = "WriteMagicFFI.xcframework"

let engine: Target
var linked: [LinkerSetting] = []
if let folder = Context.environment["WRITEMAGIC_LIBRARY"] {
    engine = .systemLibrary(name: "WriteMagicFFI")
    linked = [.unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath", "-Xlinker", folder])]
} else if FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(beside)") {
    engine = .binaryTarget(name: "WriteMagicFFI", path: beside)
} else {
    engine = .binaryTarget(name: "WriteMagicFFI", url: release, checksum: checksum)
}

let package = Package(
    name: "WriteMagic",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "WriteMagic", targets: ["WriteMagic"])],
    targets: [
        engine,
        .target(name: "WriteMagic", dependencies: ["WriteMagicFFI"], linkerSettings: linked),
        .testTarget(name: "WriteMagicTests", dependencies: ["WriteMagic"]),
    ],
    swiftLanguageModes: [.v6]
)
