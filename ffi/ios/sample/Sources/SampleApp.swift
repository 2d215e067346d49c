import SwiftUI
import WriteMagic

@main
struct SampleApp: App {
    @State private var seen = "…"

    var body: some Scene {
        WindowGroup {
            Text(seen).task {
                do {
                    let folders = FileManager.default.urls(for: .documentDirectory, in: .userDomainMask)
                    seen = try await journey(in: folders.first ?? FileManager.default.temporaryDirectory)
                } catch {
                    seen = error.localizedDescription
                }
            }
        }
    }
}
