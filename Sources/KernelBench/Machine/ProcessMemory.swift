import Foundation

/// Main memory of this process, in bytes, as Linux tells it; zeros elsewhere.
enum ProcessMemory {
  /// What is resident now.
  static var resident: Int { value("VmRSS") }
  /// Most that was resident since the last restart, or since the process began.
  static var peak: Int { value("VmHWM") }
  /// What the process may write to, touched or not: what `limit` counts.
  static var writable: Int { value("VmData") }

  /// Lets `peak` begin again with what is resident; false where the system does not.
  static func restartPeak() -> Bool {
    let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return write(descriptor, "5", 1) == 1
  }

  /// From now on the system refuses memory beyond this; false where it cannot.
  static func limit(to bytes: Int) -> Bool {
    #if os(Linux)
      var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
      return setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0
    #else
      return false
    #endif
  }

  private static func value(_ key: String) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}
