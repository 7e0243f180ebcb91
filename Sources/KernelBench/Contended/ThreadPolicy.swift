import CKernels.Base

/// How many threads a step has, and how those wait that have nothing to do.
enum ThreadPolicy: String, CaseIterable {
  case oneThread = "one thread", passive, spinning, adaptive

  static let fixed = allCases.filter { $0 != .adaptive }

  func threads(of most: Int) -> Int { self == .oneThread ? 1 : most }

  var waiting: ck_waiting_mode {
    switch self {
    case .spinning: .spinning
    case .adaptive: .adaptive
    case .oneThread, .passive: .passive
    }
  }
}
