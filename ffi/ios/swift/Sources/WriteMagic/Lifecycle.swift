import Foundation

#if canImport(SwiftUI)
import SwiftUI
#endif
#if canImport(UIKit) && !os(watchOS)
import UIKit
#endif

/// Has a library follow the app: it is suspended when the app goes to the background, opened again when it comes back, and lets go of
/// what it can when memory runs short. For as long as it lives.
///
/// A library that is not suspended holds a lock on its files, for which the system ends an app in the background.
///
/// ```swift
/// let library = try await WriteMagic.open(at: folder)
/// self.lifecycle = LibraryLifecycle(of: library)
/// ```
///
/// With UIKit that is all. Elsewhere the app says what happens to it: ``follow(_:)``.
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

    /// Follows the notifications of `UIApplication`, where there is UIKit, and ``follow(_:)``. `failed` is told why a library could not
    /// follow, on no particular thread.
    public convenience init(of library: Library, failed: @escaping @Sendable (any Error) -> Void = { _ in }) {
        #if canImport(UIKit) && !os(watchOS)
        let names = Names(
            background: UIApplication.didEnterBackgroundNotification,
            foreground: UIApplication.willEnterForegroundNotification,
            memoryWarning: UIApplication.didReceiveMemoryWarningNotification
        )
        #else
        let names: Names? = nil
        #endif
        self.init(of: library, names, failed: failed)
    }

    init(
        of library: Library,
        _ names: Names?,
        center: NotificationCenter = .default,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        let (stream, turns) = AsyncStream.makeStream(of: Lifecycle.self)
        self.center = center
        self.turns = turns
        let turnsByName: [(Notification.Name, Lifecycle)] = names.map { names in
            [(names.background, .suspend), (names.foreground, .resume), (names.memoryWarning, .memoryWarning)]
        } ?? []
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

    /// Has the library take this turn, when it has taken those before it: what an app says that has no UIKit to say it. Returns at once.
    public func follow(_ turn: Lifecycle) {
        turns.yield(turn)
    }

    #if canImport(SwiftUI)
    /// Has the library follow the phase of the app's scenes: suspended in the background, open when one is active. Together with
    /// UIKit's notifications it does no harm; a turn that was taken already is none.
    ///
    /// ```swift
    /// .onChange(of: scenePhase) { phase in lifecycle.follow(phase) }
    /// ```
    public func follow(_ phase: ScenePhase) {
        switch phase {
        case .background: follow(Lifecycle.suspend)
        case .active: follow(Lifecycle.resume)
        // Seen, but without events, or unknown to these sources: what it was before.
        default: break
        }
    }
    #endif

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
