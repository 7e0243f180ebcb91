import Foundation
import TensorKit

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
  /// Processes that ran side by side, each with so many threads.
  public let jobs: Int

  public init(isa: String, threads: Int, jobs: Int = 1) {
    self.isa = isa
    self.threads = threads
    self.jobs = jobs
  }

  var threadsText: String { jobs > 1 ? "\(threads) in each of \(jobs) processes" : String(threads) }

  /// Of this process, now.
  public static var current: RuntimeFacts { RuntimeFacts(isa: Runtime.instructionSet, threads: Runtime.threads) }
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
