import Foundation
import Testing

@testable import RunKit

@Suite struct EventFileTests {
  @Test func checksumsHaveTheirKnownValues() {
    #expect(EventRecord.crc32c(Array("123456789".utf8)) == 0xE306_9283)
    #expect(EventRecord.crc32c(Array(repeating: 0, count: 32)) == 0x8A91_36AA)  // RFC 3720, B.4
    #expect(EventRecord.crc32c(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(EventRecord.crc32c([]) == 0)
  }

  /// Bytes that TensorBoard 2.21 writes for the same events.
  @Test func bytesAreThoseOfTensorBoard() throws {
    let known =
      "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe935"
      + "00000000000000d6c55de60900006040fc54d94110ac022a270a100a09747261696e4c6f7373150000403f"
      + "0a130a0c746573744163637572616379150000a342ee307106"
    try withTemporaryFolder { folder in
      var times = [1_700_000_000.25, 1_700_000_001.5].makeIterator()
      let file = try EventFile(in: folder) { times.next() ?? 1_700_000_002 }
      try file.add(step: 300, ["trainLoss": 0.75, "testAccuracy": 81.5])
      try file.close()
      let names = try names(in: folder)
      #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents.1700000000."))
      let bytes = try Data(contentsOf: folder.appendingPathComponent(names[0]))
      #expect(bytes.map { String(format: "%02x", $0) }.joined() == known)
    }
  }

  @Test func filesNeverCollide() throws {
    try withTemporaryFolder { folder in
      for _ in 0..<2 { try EventFile(in: folder.appendingPathComponent("events")).close() }
      #expect(try names(in: folder.appendingPathComponent("events")).count == 2)
      try Data().write(to: folder.appendingPathComponent("file"))
      #expect(throws: OutputError.self) { try EventFile(in: folder.appendingPathComponent("file/events")) }
    }
  }
}
