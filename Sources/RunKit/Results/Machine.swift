import Foundation

/// The computer that a run ran on.
public struct Machine: Sendable {
  public let cpu: String
  public let cores: Int
  /// Bytes of main memory.
  public let memory: UInt64
  public let os: String

  public static var current: Machine {
    let process = ProcessInfo.processInfo
    return Machine(
      cpu: value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? architecture,
      cores: process.activeProcessorCount, memory: process.physicalMemory,
      os: value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=")?
        .trimmingCharacters(in: CharacterSet(charactersIn: "\"")) ?? process.operatingSystemVersionString)
  }

  var json: JSONValue {
    .object(["cpu": .string(cpu), "cores": .integer(cores), "memory": .integer(memory), "os": .string(os)])
  }

  private static var architecture: String {
    #if arch(arm64)
      "AArch64"
    #else
      "x86-64"
    #endif
  }

  /// Most memory that this process has held so far, in bytes; 0 where the system does not tell.
  static var peakBytes: Int {
    let text = value(of: "VmHWM", in: "/proc/self/status", separator: ":") ?? ""
    return (text.split(separator: " ").first.flatMap { Int($0) } ?? 0) * 1024
  }

  private static func value(of key: String, in path: String, separator: Character) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      guard let cut = line.firstIndex(of: separator) else { continue }
      return line[line.index(after: cut)...].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }
}

/// What the kernels run with.
public struct RuntimeFacts: Sendable {
  /// Instruction set of the kernel bodies.
  public let isa: String
  /// Cap of the threads of one kernel.
  public let threads: Int

  public init(isa: String, threads: Int) {
    self.isa = isa
    self.threads = threads
  }
}

/// The kernels as a run sees them: their settings, the thread cap that `--threads` sets, and what they warn of.
public struct KernelRuntime: Sendable {
  public var facts: @Sendable () -> RuntimeFacts
  public var limitThreads: @Sendable (Int) -> Void
  /// A sentence that a run shows once, such as that CK_ISA names no set of this processor.
  public var warning: @Sendable () -> String?

  public init(
    facts: @escaping @Sendable () -> RuntimeFacts, limitThreads: @escaping @Sendable (Int) -> Void,
    warning: @escaping @Sendable () -> String? = { nil }
  ) {
    self.facts = facts
    self.limitThreads = limitThreads
    self.warning = warning
  }

  /// Reads and sets the environment that the kernels start with.
  public static let environment = KernelRuntime(
    facts: {
      let environment = ProcessInfo.processInfo.environment
      return RuntimeFacts(
        isa: environment["CK_ISA"] ?? "widest available",
        threads: environment["CK_THREADS"].flatMap(Int.init) ?? ProcessInfo.processInfo.activeProcessorCount)
    },
    limitThreads: { setenv("CK_THREADS", String($0), 1) })

  /// The runtime of this process. Written at most once, before the first run, by the one thread that runs.
  nonisolated(unsafe) public static var current = KernelRuntime.environment
}

/// Versions that a run records.
public enum Versions {
  public static let package = "0.1.0"

  /// The compiler's language release.
  public static var swift: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  static var json: JSONValue { .object(["package": .string(package), "swift": .string(swift)]) }
}
