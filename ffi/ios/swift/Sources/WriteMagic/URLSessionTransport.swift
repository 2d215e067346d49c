import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The network through `URLSession`: the system's proxies, certificates and VPNs hold, and App Transport Security.
///
/// It retries nothing and follows no redirects, as ``Transport`` asks. What comes faster than it is read is held back, so that an answer
/// takes little more than a mebibyte of memory; on Linux it cannot be, and more than 16 MiB that wait end it.
public final class URLSessionTransport: Transport {
    private let configuration: @Sendable () -> URLSessionConfiguration
    private let session: Locked<URLSession>
    private let tasks = Locked<[Int: URLSessionTask]>([:])

    /// `configuration` is asked for one at the beginning, and again when connections are to be forgotten. That of nothing keeps no
    /// cookies and no cache, and lets the engine decide how long to wait.
    public init(configuration: @escaping @Sendable () -> URLSessionConfiguration = URLSessionTransport.quiet) {
        self.configuration = configuration
        session = Locked(Self.session(configuration()))
    }

    deinit {
        session.withLock { $0 }.finishTasksAndInvalidate()
    }

    /// A configuration that keeps nothing.
    public static let quiet: @Sendable () -> URLSessionConfiguration = {
        let configuration = URLSessionConfiguration.ephemeral
        // The engine's own timers are shorter, and tell a silent model from a dead connection.
        configuration.timeoutIntervalForRequest = 600
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        return configuration
    }

    private static func session(_ configuration: URLSessionConfiguration) -> URLSession {
        URLSession(configuration: configuration, delegate: SessionDelegate(), delegateQueue: nil)
    }

    public func start(_ request: HTTPRequest, exchange: HostExchange) throws {
        guard let url = URL(string: request.url) else { return try exchange.fail(.connection) }
        var outgoing = URLRequest(url: url)
        outgoing.httpMethod = "POST"
        outgoing.httpBody = request.body
        // What is held back is counted as it comes.
        outgoing.setValue("identity", forHTTPHeaderField: "accept-encoding")
        for header in request.headers { outgoing.setValue(header.value, forHTTPHeaderField: header.name) }
        let session = session.withLock { $0 }
        guard let wire = session.delegate as? SessionDelegate else { return try exchange.fail(.connection) }
        let id = try exchange.id
        let task = session.dataTask(with: outgoing)
        tasks.withLock { $0[id] = task }
        wire.add(Exchange(exchange, task) { [weak self] in self?.tasks.withLock { _ = $0.removeValue(forKey: id) } })
        task.resume()
    }

    public func cancel(exchange: Int) throws {
        tasks.withLock { $0.removeValue(forKey: exchange) }?.cancel()
    }

    public func forgetConnections() throws {
        let old = session.withLock { session in
            defer { session = Self.session(configuration()) }
            return session
        }
        // What is under way comes to its end.
        old.finishTasksAndInvalidate()
    }
}

/// One response on its way to the engine.
private final class Exchange: Sendable {
    private enum News: Sendable {
        case head(Int, [ResponseHeader])
        case data(Data)
        case end(NetworkError?)
    }

    private struct Waiting {
        var bytes = 0
        var isPaused = false
    }

    #if canImport(FoundationNetworking)
    /// Bytes that wait for the engine before the request is given up: a task that is suspended while something comes ends the process here.
    private static let most = 16 << 20
    #else
    /// Bytes that wait for the engine before the server is held back.
    private static let most = 1 << 20
    #endif

    let task: URLSessionTask
    private let waiting = Locked(Waiting())
    private let news: AsyncStream<News>.Continuation

    init(_ exchange: HostExchange, _ task: URLSessionTask, ended: @escaping @Sendable () -> Void) {
        let (stream, news) = AsyncStream.makeStream(of: News.self)
        (self.task, self.news) = (task, news)
        Task {
            for await next in stream {
                do {
                    try await tell(exchange, next)
                } catch {
                    // Nobody wants it any more.
                    task.cancel()
                }
            }
            ended()
        }
    }

    func head(_ response: HTTPURLResponse) {
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { ResponseHeader(name: $0, value: "\(value)") }
        }
        news.yield(.head(response.statusCode, headers))
    }

    func data(_ bytes: Data) {
        waiting.withLock { waiting in
            waiting.bytes += bytes.count
            if waiting.bytes > Self.most, !waiting.isPaused {
                waiting.isPaused = true
                #if canImport(FoundationNetworking)
                task.cancel()
                #else
                task.suspend()
                #endif
            }
        }
        news.yield(.data(bytes))
    }

    func end(_ error: (any Error)?) {
        news.yield(.end(error.map(Self.kind)))
        news.finish()
    }

    private func tell(_ exchange: HostExchange, _ next: News) async throws {
        switch next {
        case let .head(status, headers): try exchange.head(status: status, headers: headers)
        case let .data(bytes):
            let taken = try exchange.data(bytes)
            if taken < bytes.count, try await !exchange.dataBlocking(bytes.dropFirst(taken)) { task.cancel() }
            waiting.withLock { waiting in
                waiting.bytes -= bytes.count
                #if !canImport(FoundationNetworking)
                if waiting.bytes <= Self.most, waiting.isPaused {
                    waiting.isPaused = false
                    task.resume()
                }
                #endif
            }
        case .end(nil): try exchange.finish()
        case let .end(error?): try exchange.fail(error)
        }
    }

    private static func kind(of error: any Error) -> NetworkError {
        switch (error as? URLError)?.code {
        case .notConnectedToInternet, .cannotFindHost, .dnsLookupFailed, .dataNotAllowed, .internationalRoamingOff: return .offline
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate, .serverCertificateHasUnknownRoot,
             .serverCertificateNotYetValid, .clientCertificateRejected, .clientCertificateRequired: return .certificate
        default: return .connection
        }
    }
}

/// What `URLSession` tells.
private final class SessionDelegate: NSObject, URLSessionDataDelegate, Sendable {
    private let exchanges = Locked<[Int: Exchange]>([:])

    func add(_ exchange: Exchange) {
        exchanges.withLock { $0[exchange.task.taskIdentifier] = exchange }
    }

    private func exchange(_ task: URLSessionTask) -> Exchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse { exchange(dataTask)?.head(response) }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(dataTask)?.data(data)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?.end(error)
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Another host would be given the key. The redirection is the answer, and the engine's to judge.
        completionHandler(nil)
    }
}
