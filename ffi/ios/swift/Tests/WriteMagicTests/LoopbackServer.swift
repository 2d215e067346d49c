import Foundation

@testable import WriteMagic

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An HTTP server on this machine, which says to each connection what `serve` does once it has read a request.
final class LoopbackServer: Sendable {
    static let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
    static let chunked = stream + "transfer-encoding: chunked\r\n\r\n"
    static let finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

    /// A piece of an answer, as OpenAI's wire has it.
    static func event(_ text: String) -> String {
        "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
    }

    struct Connection: Sendable {
        let request: String
        fileprivate let socket: Int32

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let more = bytes[sent...].withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
                if more <= 0 { return }
                sent += more
            }
        }

        func chunk(_ text: String) {
            send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
        }

        /// Waits until the other side has closed the connection.
        func awaitClosed() {
            var byte: UInt8 = 0
            while read(socket, &byte, 1) > 0 {}
        }
    }

    let port: UInt16
    private let listening: Int32
    private let accepted = Locked(0)
    /// The last connection is over.
    let closed = Latch()

    var connections: Int {
        accepted.withLock { $0 }
    }

    var url: String {
        "http://127.0.0.1:\(port)/v1"
    }

    init(_ serve: @escaping @Sendable (Connection) -> Void) throws {
        // A connection that the other side has closed is no reason to end the process.
        signal(SIGPIPE, SIG_IGN)
        #if canImport(Glibc)
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listening = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = listening
        let bound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listening, address, length) == 0 && listen(listening, 16) == 0 && getsockname(listening, address, &length) == 0
            }
        }
        guard bound else { throw WriteMagicError.fault("no port to listen on") }
        port = UInt16(bigEndian: address.sin_port)
        let (accepted, closed) = (accepted, closed)
        Thread.detachNewThread {
            while true {
                let connected = accept(listening, nil, nil)
                // By this thread alone: elsewhere the number would be another socket's while this one still uses it.
                if connected < 0 {
                    close(listening)
                    return
                }
                accepted.withLock { $0 += 1 }
                if let request = Self.request(connected) { serve(Connection(request: request, socket: connected)) }
                close(connected)
                closed.open()
            }
        }
    }

    func stop() {
        shutdown(listening, Int32(2))
    }

    /// Head and body of one request.
    private static func request(_ socket: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count <= 0 { return nil }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let head = text.range(of: "\r\n\r\n") else { continue }
            let line = text[..<head.lowerBound].lowercased().components(separatedBy: "\r\n").first { $0.hasPrefix("content-length:") }
            let length = line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
            if text[head.upperBound...].utf8.count >= length { return text }
        }
    }
}
