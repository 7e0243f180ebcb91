/// What a thread did while `Profiler.record` ran: a table of kernel calls, and a trace of them.
public struct Profile: Sendable {
  /// The part of a training step that a call belongs to.
  public enum Phase: Int32, Sendable {
    case forward, backward
    /// An optimizer's step.
    case update

    internal var rawName: String {
      switch self {
      case .forward: "forward"
      case .backward: "backward"
      case .update: "update"
      }
    }
  }

  /// All calls of one operation in one phase.
  public struct Operation: Sendable {
    public let name: String
    public let phase: Phase
    public private(set) var calls: Int
    /// Wall time inside the kernel.
    public private(set) var seconds: Double
    /// Operations: sums, products, and one for each comparison or function of an element. 0 where the kernel states
    /// none.
    public private(set) var flops: Double
    /// Bytes that must move when each operand passes once; caches can make it more or less.
    public private(set) var bytes: Double

    mutating func add(_ other: Operation) {
      calls += other.calls
      seconds += other.seconds
      flops += other.flops
      bytes += other.bytes
    }
  }

  internal struct TraceEvent: Sendable {
    let name: String
    /// Nil for an interval.
    let phase: Phase?
    /// Nanoseconds since the start of the recording.
    var start: Int64
    let duration: Int64
    let flops: Double
    let bytes: Double
  }

  /// By time, the longest first.
  public let operations: [Operation]
  /// Wall time of the whole recording.
  public let seconds: Double
  /// Wall time outside kernels, by phase: the engine, allocation, and the caller's own code.
  public let outsideSeconds: [Phase: Double]
  internal let trace: [TraceEvent]
  /// Calls beyond the trace's limit.
  internal let untraced: Int

  /// Wall time inside kernels.
  public var kernelSeconds: Double { operations.reduce(0) { $0 + $1.seconds } }

  /// The trace in Chrome's format, for chrome://tracing and ui.perfetto.dev: a slice a call with its flops and bytes,
  /// inside a slice for each backward pass, optimizer step and `Profiler.interval`. It holds the first 100,000.
  public func chromeTrace() -> String {
    var text = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"untracedCalls\":\"\(untraced)\"},\"traceEvents\":[\n"
    text += "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":1,\"args\":{\"name\":\"Gossamer\"}}"
    for event in trace {
      text += ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":\(Self.quoted(event.name)),\"cat\":\""
      text += event.phase?.rawName ?? "interval"
      text += "\",\"ts\":\(Self.microseconds(event.start)),\"dur\":\(Self.microseconds(event.duration))"
      if event.phase != nil {
        text += ",\"args\":{\"flop\":\(Self.whole(event.flops)),\"bytes\":\(Self.whole(event.bytes))}"
      }
      text += "}"
    }
    return text + "\n]}\n"
  }

  private static func microseconds(_ nanoseconds: Int64) -> String {
    let fraction = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  private static func whole(_ value: Double) -> String { String(Int64(exactly: value.rounded()) ?? 0) }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension Profile: CustomStringConvertible {
  /// The table of operations, its lines aligned, with the time outside kernels at its end.
  public var description: String {
    let lines = table
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.indices.map { column -> String in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return column < 2 ? line[column] + space : space + line[column]
      }
      let text = cells.joined(separator: "  ")
      return text.reversed().drop { $0 == " " }.reversed() + "\n"
    }.joined()
  }

  /// The head, a line for each operation, then the time outside kernels by phase, and the total.
  package var table: [[String]] {
    var lines = [["operation", "phase", "calls", "time ms", "share %", "µs/call", "GFLOP", "GB", "GFLOP/s", "GB/s"]]
    let share = { (time: Double) in Self.number(seconds > 0 ? 100 * time / seconds : 0) }
    for operation in operations {
      let (time, flops, bytes) = (operation.seconds, operation.flops * 1e-9, operation.bytes * 1e-9)
      var line = [operation.name, operation.phase.rawName, String(operation.calls)]
      line += [Self.number(time * 1e3), share(time), Self.number(time * 1e6 / Double(operation.calls))]
      line += flops > 0 ? [Self.number(flops)] : ["–"]
      line += bytes > 0 ? [Self.number(bytes)] : ["–"]
      line += flops > 0 && time > 0 ? [Self.number(flops / time)] : ["–"]
      line += bytes > 0 && time > 0 ? [Self.number(bytes / time)] : ["–"]
      lines.append(line)
    }
    for phase in [Phase.forward, .backward, .update] {
      guard let time = outsideSeconds[phase] else { continue }
      lines.append(
        ["outside kernels", phase.rawName, "", Self.number(time * 1e3), share(time)] + Array(repeating: "", count: 5))
    }
    let calls = operations.reduce(0) { $0 + $1.calls }
    let flops = operations.reduce(0) { $0 + $1.flops } * 1e-9
    let bytes = operations.reduce(0) { $0 + $1.bytes } * 1e-9
    let rates = seconds > 0 ? [Self.number(flops / seconds), Self.number(bytes / seconds)] : ["–", "–"]
    let total = ["total", "", String(calls), Self.number(seconds * 1e3), "100", ""]
    lines.append(total + [Self.number(flops), Self.number(bytes)] + rates)
    return lines
  }

  /// Three significant digits or all before the point.
  private static func number(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return "0" }
    if value >= 100 { return String(Int(min(value, 1e15).rounded())) }
    var digits = value >= 10 ? 1 : value >= 1 ? 2 : 3
    while digits < 6, value * Self.power(digits) < 10 { digits += 1 }
    let scaled = Int((value * Self.power(digits)).rounded())
    let fraction = String(scaled % Int(Self.power(digits)))
    return "\(scaled / Int(Self.power(digits)))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  private static func power(_ digits: Int) -> Double { (0..<digits).reduce(1) { product, _ in product * 10 } }
}
