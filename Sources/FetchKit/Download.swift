import DataKit
import FileKit
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Brings the bytes of one address into a part file, over as many tries as it takes and is allowed.
internal struct Download {
  let address: String
  let part: PartFile
  /// What the bytes have to be, where that is known.
  let expected: FileExpectation?
  let client: HTTPClient
  let options: FetchOptions
  /// Told the bytes that are there and the size of the whole, if known.
  let progress: (Int, Int?) -> Void
  /// Told why a try failed and the seconds until the next.
  let retrying: (String, Double) -> Void
  let isCancelled: () -> Bool

  private static let mostRedirects = 10
  /// A try that brings so much is progress, so a long download outlives any number of cuts.
  private static let gainThatCounts = 1 << 20
  /// A body of unknown size is let grow by so much at a time, if the file system has the space.
  private static let spaceStep = 16 << 20

  /// Leaves the whole file in the part; gives its hash and size.
  func file() throws(Fault) -> (sha256: String, bytes: Int) {
    var hasBeenWrong = false
    return try bring { () throws(Fault) in
      let found = try digest()
      guard let expected, found.hex != expected.sha256 else { return (found.hex, found.bytes) }
      // A part that was put together from pieces, or a byte that fell over on its way, deserves one clean try.
      try part.restart(nil)
      let problem = "the bytes that come have SHA-256 \(found.hex), expected \(expected.sha256)"
      guard !hasBeenWrong else { throw Fault.lasting(problem) }
      hasBeenWrong = true
      throw Fault.passing(problem)
    }
  }

  /// Leaves the whole archive in the part. Its members are what is hashed.
  func archive() throws(Fault) {
    try bring { () throws(Fault) in }
  }

  /// Tries until the bytes are there and `check` lets them pass.
  private func bring<Result>(_ check: () throws(Fault) -> Result) throws(Fault) -> Result {
    var failures = 0
    while true {
      let before = part.size
      do throws(Fault) {
        try attempt()
        if expected == nil { try refuseStandIn() }
        return try check()
      } catch {
        guard case .passing(let problem, let after) = error else { throw error }
        failures = part.size - before >= Self.gainThatCounts ? 1 : failures + 1
        guard failures < options.tries else { throw Fault.lasting("\(problem), after \(failures) tries") }
        let pause = min(options.longestPause, max(options.backOff * pow(4, Double(failures - 1)), after ?? 0))
        retrying(problem, pause)
        try wait(pause)
      }
    }
  }

  private func wait(_ seconds: Double) throws(Fault) {
    let end = Date(timeIntervalSinceNow: seconds)
    while true {
      if isCancelled() { throw Fault.cancelled }
      let rest = end.timeIntervalSinceNow
      if rest <= 0 { return }
      Thread.sleep(forTimeInterval: min(rest, 0.1))
    }
  }

  /// Throws when the file is what GitHub gives in place of one that it keeps in large file storage.
  private func refuseStandIn() throws(Fault) {
    guard part.size < 1024, let text = try? FileBytes.read(part.path), text.starts(with: "version https://git-lfs".utf8)
    else { return }
    try part.restart(nil)
    throw Fault.lasting("the server sends a Git LFS pointer, expected the file itself")
  }

  private func digest() throws(Fault) -> (hex: String, bytes: Int) {
    var stopped = false
    do throws(FileError) {
      return try SHA256.digest(ofFile: part.path) { (_) throws(FileError) in
        if isCancelled() {
          stopped = true
          throw FileError(path: part.path, "")
        }
      }
    } catch {
      throw stopped ? Fault.cancelled : Fault.storage(error)
    }
  }

  // MARK: One try

  private func attempt() throws(Fault) {
    defer { client.cancel() }
    if part.origin?.address != address { try part.restart(nil) }
    // A process that was killed while it hashed the file has left it whole.
    if part.size > 0, part.size == part.origin?.total { return }
    var exchange = Exchange(client: client, isCancelled: isCancelled)
    let head = try answer(&exchange)
    try accept(head)
    progress(part.size, part.origin?.total ?? head.length)
    let most = total(head) ?? expected?.bytes ?? part.origin?.total
    var room = 0
    while let bytes = try exchange.body() {
      if let most, part.size + bytes.count > most {
        try part.restart(nil)
        throw Fault.passing("more bytes come than the \(most) expected")
      }
      if head.length == nil, bytes.count > room {
        room = max(Self.spaceStep, bytes.count)
        try part.requireSpace(room)
      }
      try part.append(bytes)
      room -= bytes.count
      progress(part.size, part.origin?.total ?? head.length)
    }
    if let expected = total(head), part.size != expected {
      if part.size > expected { try part.restart(nil) }
      throw Fault.passing("the connection ended after \(part.size) of \(expected) bytes")
    }
    guard part.size > 0 else { throw Fault.lasting("the answer is empty") }
  }

  private func total(_ head: HTTPHead) -> Int? { head.range?.total ?? (head.status == 206 ? nil : head.length) }

  /// The first answer that is no redirect.
  private func answer(_ exchange: inout Exchange) throws(Fault) -> HTTPHead {
    guard var url = URL(string: address), url.host != nil else { throw Fault.lasting("the address is malformed") }
    for _ in 0...Self.mostRedirects {
      let head = try exchange.start(request(url))
      guard 300...399 ~= head.status else { return head }
      guard let location = head.location, let next = URL(string: location, relativeTo: url)?.absoluteURL else {
        throw Fault.lasting("\(url.absoluteString) answers \(head.status) without saying where to go on")
      }
      guard Self.allowsRedirect(from: url, to: next) else {
        throw Fault.lasting("it redirects to \(next.absoluteString.shortened(to: 200)), which is not encrypted")
      }
      url = next
    }
    throw Fault.lasting("it redirects more than \(Self.mostRedirects) times, at last to \(url.absoluteString)")
  }

  /// A redirect may not take the encryption away.
  static func allowsRedirect(from url: URL, to next: URL) -> Bool {
    next.scheme == "https" || (next.scheme == "http" && url.scheme == "http")
  }

  private func request(_ url: URL) -> URLRequest {
    var request = URLRequest(url: url)
    // Bytes must arrive as they are published: sizes, ranges and hashes speak of those.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    request.setValue("gossamer-data", forHTTPHeaderField: "User-Agent")
    if part.size > 0, let origin = part.origin {
      request.setValue("bytes=\(part.size)-", forHTTPHeaderField: "Range")
      request.setValue(origin.validator, forHTTPHeaderField: "If-Range")
    }
    return request
  }

  /// Decides by the head of an answer whether its body is what the part lacks, or the whole file anew.
  private func accept(_ head: HTTPHead) throws(Fault) {
    switch head.status {
    case 200: break
    case 206:
      guard let range = head.range, range.start == part.size, part.size > 0,
        range.total == nil || part.origin?.total == nil || range.total == part.origin?.total
      else {
        try part.restart(nil)
        throw Fault.passing("the server continues at another byte than asked for")
      }
      guard !head.contradicts(part.origin?.validator) else {
        try part.restart(nil)
        throw Fault.passing("the server continues with another version of the file")
      }
    case 416:
      try part.restart(nil)
      throw Fault.passing("the server has nothing to continue with")
    case 408, 425, 429, 500, 502, 503, 504:
      throw Fault.passing("the server answers \(head.status)", after: head.retryAfter)
    default: throw Fault.lasting("the server answers \(head.status)")
    }
    if let encoding = head.encoding {
      throw Fault.lasting("the server sends it encoded (\(encoding)), expected the plain bytes")
    }
    if head.isWebPage { throw Fault.lasting("the server sends a web page, expected a data file") }
    if expected == nil, head.endsByClosing {
      throw Fault.lasting("the server tells no size, so that a cut could not be told from the end")
    }
    if let bytes = expected?.bytes, let total = total(head), total != bytes {
      throw Fault.lasting("the server offers \(total) bytes, expected \(bytes)")
    }
    if head.status == 200 {
      try part.restart(
        head.validator.map { PartFile.Origin(address: address, validator: $0, total: head.length ?? expected?.bytes) })
    }
    if let length = head.length { try part.requireSpace(length) }
  }
}

/// One exchange at a time, its events in order.
private struct Exchange {
  let client: HTTPClient
  let isCancelled: () -> Bool
  private var pending: [HTTPClient.Event] = []

  init(client: HTTPClient, isCancelled: @escaping () -> Bool) {
    self.client = client
    self.isCancelled = isCancelled
  }

  mutating func start(_ request: URLRequest) throws(Fault) -> HTTPHead {
    pending = []
    client.start(request)
    switch try next() {
    case .head(let head): return head
    case .failed(let problem): throw Fault.passing(problem)
    case .bytes, .finished: throw Fault.passing("the server gave no answer")
    }
  }

  /// The next bytes of the body; nil at its end.
  mutating func body() throws(Fault) -> Data? {
    switch try next() {
    case .bytes(let bytes): return bytes
    case .finished: return nil
    case .failed(let problem): throw Fault.passing(problem)
    case .head: throw Fault.passing("the server answered twice")
    }
  }

  private mutating func next() throws(Fault) -> HTTPClient.Event {
    while pending.isEmpty {
      if isCancelled() { throw Fault.cancelled }
      pending = client.take(waiting: 0.1).reversed()
    }
    return pending.removeLast()
  }
}
