import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One GET after another over URLSession, read by the calling thread: the session's threads push what arrives, the
/// caller pulls it, and both ends wait for each other, so that memory stays small however slow the disk is.
///
/// Redirects are not followed: they come back as answers.
internal final class HTTPClient: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  enum Event {
    case head(HTTPHead)
    case bytes(Data)
    case finished
    case failed(String)
  }

  /// Guards everything below; signalled when events come or go.
  private let condition = NSCondition()
  private var events: [Event] = []
  private var current: URLSessionTask?
  private var session: URLSession!
  private static let mostEvents = 64

  /// `idleSeconds` without a byte end an exchange.
  init(idleSeconds: Double) {
    super.init()
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = idleSeconds
    configuration.urlCache = nil
    configuration.httpCookieStorage = nil
    configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
    session = URLSession(configuration: configuration, delegate: self, delegateQueue: BoundedQueue())
  }

  /// Ends what goes on; the client cannot be used afterwards. Without this call the session keeps it alive.
  func close() {
    cancel()
    session.invalidateAndCancel()
  }

  /// Starts an exchange in place of the one before.
  func start(_ request: URLRequest) {
    cancel()
    let task = session.dataTask(with: request)
    condition.withLock { current = task }
    task.resume()
  }

  /// Ends the exchange; what of it has not been taken is dropped.
  func cancel() {
    let task = condition.withLock {
      defer {
        current = nil
        events.removeAll()
        condition.broadcast()
      }
      return current
    }
    task?.cancel()
  }

  /// What has arrived since the last call, after waiting for it at most so long; empty when nothing has.
  func take(waiting seconds: Double) -> [Event] {
    condition.withLock {
      let deadline = Date(timeIntervalSinceNow: seconds)
      while events.isEmpty, condition.wait(until: deadline) {}
      defer {
        events.removeAll()
        condition.broadcast()
      }
      return events
    }
  }

  private func push(_ event: Event, of task: URLSessionTask) {
    condition.withLock {
      while events.count >= Self.mostEvents, current === task { condition.wait() }
      guard current === task else { return }
      events.append(event)
      condition.broadcast()
    }
  }

  // MARK: URLSession

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse { push(.head(HTTPHead(response)), of: dataTask) }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    push(.bytes(data), of: dataTask)
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard let error else { return push(.finished, of: task) }
    let isTimeout = (error as? URLError)?.code == .timedOut
    push(.failed(isTimeout ? "no byte came in time" : error.localizedDescription), of: task)
  }
}

/// Runs blocks in order and makes who adds them wait while many are pending. URLSession adds one for every piece that
/// arrives, faster than a slow reader takes them: without the wait a whole download can pile up in memory.
private final class BoundedQueue: OperationQueue, @unchecked Sendable {
  private let slots = DispatchSemaphore(value: 64)

  override init() {
    super.init()
    maxConcurrentOperationCount = 1
  }

  override func addOperation(_ block: @escaping @Sendable () -> Void) {
    slots.wait()
    super.addOperation { [slots] in
      block()
      slots.signal()
    }
  }
}

/// The part of an answer that stands before its body.
internal struct HTTPHead {
  let status: Int
  /// Bytes of this body.
  let length: Int?
  /// First byte and total size that a partial answer claims.
  let range: (start: Int, total: Int?)?
  /// What names this version of the file: a strong ETag, and the date of its last change.
  let tag: String?
  let date: String?
  let location: String?
  let retryAfter: Double?
  /// An encoding other than the identity that was asked for.
  let encoding: String?
  let isWebPage: Bool
  /// Whether nothing but the end of the connection need end the body, so that a cut looks like an end.
  let endsByClosing: Bool

  init(_ response: HTTPURLResponse) {
    func field(_ name: String) -> String? { response.value(forHTTPHeaderField: name) }
    status = response.statusCode
    length = response.expectedContentLength >= 0 ? Int(response.expectedContentLength) : nil
    range = field("Content-Range").flatMap(Self.range)
    tag = field("ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
    date = field("Last-Modified")
    location = field("Location")
    retryAfter = field("Retry-After").flatMap(Double.init)
    encoding = field("Content-Encoding").flatMap { $0.lowercased() == "identity" ? nil : $0 }
    isWebPage = field("Content-Type")?.lowercased().hasPrefix("text/html") == true
    endsByClosing = length == nil && field("Transfer-Encoding") == nil
  }

  /// What names this version of the file in If-Range.
  var validator: String? { tag ?? date }

  /// Whether this answer is of another version than the one that `validator` names. Only a tag tells from a tag.
  func contradicts(_ validator: String?) -> Bool {
    guard let validator, let own = validator.hasPrefix("\"") ? tag : date else { return false }
    return own != validator
  }

  /// "bytes 500-999/1000" or "bytes 500-999/*".
  private static func range(_ text: String) -> (start: Int, total: Int?)? {
    guard let match = text.wholeMatch(of: #/bytes (\d+)-\d+/(\d+|\*)/#), let start = Int(match.1) else { return nil }
    return (start, Int(match.2))
  }
}
