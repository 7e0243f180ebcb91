import Foundation
import Synchronization

/// A web server on 127.0.0.1 with one thread for each connection, whose answers a test scripts to the byte.
final class FaultServer: Sendable {
  struct Request: Sendable {
    let path: String
    /// Header fields by lower-case name.
    let fields: [String: String]
    /// Earlier requests for the same path.
    let index: Int

    /// First byte that a Range field asks for.
    var rangeStart: Int? {
      fields["range"].flatMap { $0.hasPrefix("bytes=") ? Int($0.dropFirst(6).prefix { $0 != "-" }) : nil }
    }
  }

  enum Step: Sendable {
    case send([UInt8])
    case wait(Double)
    /// Ends the connection with a reset instead of an orderly close.
    case reset
  }

  /// What is sent in answer; the connection is closed after it.
  struct Answer: Sendable {
    var steps: [Step]

    static func raw(_ steps: Step...) -> Answer { Answer(steps: steps) }

    /// A head with these fields, and `Connection: close`.
    static func head(_ status: String, _ fields: [String] = []) -> Step {
      .send(Array((["HTTP/1.1 \(status)"] + fields + ["Connection: close", "", ""]).joined(separator: "\r\n").utf8))
    }

    static func status(_ status: String, _ fields: String...) -> Answer {
      .raw(head(status, fields + ["Content-Length: 0"]))
    }

    /// The whole body with its right length.
    static func whole(_ body: [UInt8], _ fields: String...) -> Answer {
      .raw(head("200 OK", fields + ["Content-Length: \(body.count)"]), .send(body))
    }

    /// Declares the whole body, but sends only its beginning.
    static func cut(_ body: [UInt8], after count: Int, _ fields: String...) -> Answer {
      .raw(head("200 OK", fields + ["Content-Length: \(body.count)"]), .send(Array(body[..<count])))
    }

    /// The body without its length, in chunks of 10,000 bytes, `count` times over.
    static func chunked(_ body: [UInt8], times count: Int = 1) -> Answer {
      var steps = [Step.send(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))]
      for _ in 0..<count {
        for start in stride(from: 0, to: body.count, by: 10_000) {
          let chunk = body[start..<min(start + 10_000, body.count)]
          steps.append(.send(Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]))
        }
      }
      return Answer(steps: steps + [.send(Array("0\r\n\r\n".utf8))])
    }

    /// The part of the body from `start`.
    static func rest(_ body: [UInt8], from start: Int, _ fields: String...) -> Answer {
      .raw(
        head(
          "206 Partial Content",
          fields + [
            "Content-Length: \(body.count - start)",
            "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)",
          ]),
        .send(Array(body[start...])))
    }
  }

  let port: UInt16
  private let socket: Int32
  private let respond: @Sendable (Request) -> Answer
  private let log = Mutex<[Request]>([])
  private let isStopped = Atomic<Bool>(false)

  /// Requests so far, in order.
  var requests: [Request] { log.withLock { $0 } }

  func address(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  init(_ respond: @escaping @Sendable (Request) -> Answer) throws {
    self.respond = respond
    socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = socket
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in serve() }
  }

  /// Refuses connections from now on; may be called again. The serving thread closes the socket, whose number could be
  /// another server's otherwise.
  func stop() {
    let isFirst = isStopped.exchange(true, ordering: .relaxed) == false
    if isFirst { shutdown(socket, Int32(SHUT_RDWR)) }
  }

  private func serve() {
    while true {
      let connection = accept(socket, nil, nil)
      if connection < 0 && errno == EINTR { continue }
      guard connection >= 0 else {
        close(socket)
        return
      }
      Thread.detachNewThread { [self] in
        if let request = receive(connection) { play(respond(request), on: connection) }
        close(connection)
      }
    }
  }

  private func receive(_ connection: Int32) -> Request? {
    var text = "", byte: UInt8 = 0
    while !text.hasSuffix("\r\n\r\n") {
      guard recv(connection, &byte, 1, 0) == 1 else { return nil }
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    let lines = text.components(separatedBy: "\r\n")
    let path = String(lines[0].split(separator: " ")[1].dropFirst())
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return log.withLock { log in
      let request = Request(path: path, fields: fields, index: log.count { $0.path == path })
      log.append(request)
      return request
    }
  }

  private func play(_ answer: Answer, on connection: Int32) {
    for step in answer.steps {
      switch step {
      case .send(let bytes):
        var done = 0
        while done < bytes.count {
          let sent = bytes.withUnsafeBytes {
            send(connection, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
          }
          guard sent > 0 else { return }
          done += sent
        }
      case .wait(let seconds): Thread.sleep(forTimeInterval: seconds)
      case .reset:
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
      }
    }
  }
}
