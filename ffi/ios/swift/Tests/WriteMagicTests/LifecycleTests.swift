import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct LifecycleTests {
        private let names = LibraryLifecycle.Names(
            background: Notification.Name("background"),
            foreground: Notification.Name("foreground"),
            memoryWarning: Notification.Name("memory")
        )

        @Test("a library follows the app to the background and back, one step behind the other")
        func turns() async throws {
            try await withLibrary { library, folder in
                let center = NotificationCenter()
                let failures = Locked(0)
                var lifecycle: LibraryLifecycle? = LibraryLifecycle(of: library, names, center: center) { _ in failures.withLock { $0 += 1 } }
                for name in [names.memoryWarning, names.background] {
                    center.post(name: name, object: nil)
                }
                // Suspended, it has let go of its lock: another process could write.
                let path = folder.appendingPathComponent("library")
                let other = try await opened(path)
                center.post(name: names.foreground, object: nil)
                #expect(try await eventuallyAsync { failures.withLock { $0 } == 1 })
                try await other.close()
                center.post(name: names.foreground, object: nil)
                #expect(try await eventuallyAsync { (try? await library.folders()) != nil })

                lifecycle = nil
                center.post(name: names.background, object: nil)
                await Engine.settle()
                #expect(try await library.folders().isEmpty)
                #expect(lifecycle == nil && failures.withLock { $0 } == 1)
            }
        }

        @Test("an app without notifications says what happens to it, and the library takes one turn behind the other")
        func followed() async throws {
            try await withLibrary { library, folder in
                let failures = Locked(0)
                let lifecycle = LibraryLifecycle(of: library) { _ in failures.withLock { $0 += 1 } }
                // A turn that was taken is taken again without harm.
                for turn in [Lifecycle.resume, .memoryWarning, .suspend, .suspend] { lifecycle.follow(turn) }
                let other = try await opened(folder.appendingPathComponent("library"))
                try await other.close()
                for turn in [Lifecycle.resume, .resume] { lifecycle.follow(turn) }
                #expect(try await eventuallyAsync { (try? await library.folders()) != nil })
                #expect(failures.withLock { $0 } == 0)
                withExtendedLifetime(lifecycle) {}
            }
        }

        /// Opens a library as soon as its writer is gone.
        private func opened(_ path: URL) async throws -> Library {
            let end = Date().addingTimeInterval(60)
            while true {
                do {
                    return try await WriteMagic.open(at: path)
                } catch let error as WriteMagicError where error.code == .libraryBusy && Date() < end {}
            }
        }

        private func eventuallyAsync(_ done: () async throws -> Bool) async throws -> Bool {
            let end = Date().addingTimeInterval(60)
            while try await !done(), Date() < end { await Task.yield() }
            return try await done()
        }
    }
}
