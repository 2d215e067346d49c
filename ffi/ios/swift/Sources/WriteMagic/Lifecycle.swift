import Foundation

#if canImport(UIKit) && !os(watchOS)
import UIKit
#endif

/// Has a library follow the app: it is suspended when the app goes to the background, opened again when it comes back, and lets go of
/// what it can when memory runs short. Watches for as long as it lives.
///
/// A library that is not suspended holds a lock on its files, for which the system ends an app in the background.
///
/// ```swift
/// let library = try await WriteMagic.open(at: folder)
/// self.lifecycle = LibraryLifecycle(of: library)
/// ```
public final class LibraryLifecycle: Sendable {
    /// What an app tells of itself.
    struct Names: Sendable {
        let background: Notification.Name
        let foreground: Notification.Name
        let memoryWarning: Notification.Name
    }

    private let center: NotificationCenter
    private let observers: Locked<[any NSObjectProtocol]>
    /// Turns are taken one behind the other.
    private let turns: AsyncStream<Lifecycle>.Continuation

    #if canImport(UIKit) && !os(watchOS)
    /// Follows the notifications of `UIApplication`. `failed` is told why a library could not follow, on no particular thread.
    public convenience init(of library: Library, failed: @escaping @Sendable (any Error) -> Void = { _ in }) {
        let names = Names(
            background: UIApplication.didEnterBackgroundNotification,
            foreground: UIApplication.willEnterForegroundNotification,
            memoryWarning: UIApplication.didReceiveMemoryWarningNotification
        )
        self.init(of: library, names, failed: failed)
    }
    #endif

    init(
        of library: Library,
        _ names: Names,
        center: NotificationCenter = .default,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        let (stream, turns) = AsyncStream.makeStream(of: Lifecycle.self)
        self.center = center
        self.turns = turns
        let turnsByName: [(Notification.Name, Lifecycle)] = [
            (names.background, .suspend), (names.foreground, .resume), (names.memoryWarning, .memoryWarning),
        ]
        observers = Locked(turnsByName.map { name, turn in
            center.addObserver(forName: name, object: nil, queue: nil) { _ in turns.yield(turn) }
        })
        Task {
            for await turn in stream {
                do {
                    try await Self.withTime { try await library.turn(turn) }
                } catch {
                    failed(error)
                }
            }
        }
    }

    deinit {
        turns.finish()
        for observer in observers.withLock({ $0 }) { center.removeObserver(observer) }
    }

    /// Asks the system for the time that `body` takes, as an app in the background is otherwise stopped at any point.
    private static func withTime(_ body: @Sendable () async throws -> Void) async throws {
        #if os(iOS) || os(tvOS)
        let ended = DispatchSemaphore(value: 0)
        // The block's thread waits, which is what keeps the app awake; it is told when the time is over, and gives up then.
        ProcessInfo.processInfo.performExpiringActivity(withReason: "saving the library") { isOver in
            if isOver { ended.signal() } else { ended.wait() }
        }
        defer { ended.signal() }
        #endif
        try await body()
    }
}
