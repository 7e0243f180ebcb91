import Foundation
import Testing

/// Real data sets for tests, in the folder that GOSSAMER_DATA names.
public enum TestData {
  public static var folder: String { ProcessInfo.processInfo.environment["GOSSAMER_DATA"] ?? "" }
  public static var isPresent: Bool { FileManager.default.fileExists(atPath: folder + "/planetoid/cora.npz") }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test with a clear line when the data are absent.
  public static var needsData: Self {
    .enabled("needs real data: set GOSSAMER_DATA to a folder with planetoid/cora.npz") { TestData.isPresent }
  }
}
