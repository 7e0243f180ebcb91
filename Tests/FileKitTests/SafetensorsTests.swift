import FileKit
import Foundation
import TensorKit
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  func file(_ header: String, data: Int = 0) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  func message(_ bytes: [UInt8]) -> String? {
    sentence {
      let file = try SafetensorsFile(bytes: bytes, path: "m.safetensors")
      for name in file.names { _ = try file.tensor(name) }
    }
  }

  @Test func writtenFileEqualsTheReferences() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/m.safetensors"
      let tensors: [(String, Tensor)] = [
        ("mask", Tensor([0, 1, 255] as [UInt8])),
        ("layer.weight", Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [2, 3])),
        ("ids", Tensor([7, -8] as [Int32])), ("layer.bias", Tensor([1, 2] as [Double])),
      ]
      try SafetensorsFile.write(tensors, metadata: ["no\"te": "a\nbé"], to: path)
      #expect(try bytes(of: path) == PythonFixtures.safetensorsWritten)
      let back = try SafetensorsFile(path)
      #expect(back.names == ["layer.bias", "layer.weight", "ids", "mask"])
      #expect(back.metadata == ["no\"te": "a\nbé"])
      for (name, tensor) in tensors {
        let read = try back.tensor(name)
        #expect(read.dtype == tensor.dtype && read.shape == tensor.shape)
        #expect(read.array(of: Double.self) == tensor.array(of: Double.self))
      }
      #expect(back.shape(of: "layer.weight") == [2, 3] && back.contains("ids") && !back.contains("idx"))
    }
  }

  @Test func emptyAndScalarTensors() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/m.safetensors"
      try SafetensorsFile.write([("none", .zeros([0, 4])), ("one", Tensor(3)), ("nil", .zeros([0]))], to: path)
      let back = try SafetensorsFile(path)
      #expect(try back.tensor("none").shape == [0, 4])
      #expect(try back.tensor("one").item() == 3)
      try SafetensorsFile.write([], to: path)
      #expect(try SafetensorsFile(path).names == [])
    }
  }

  @Test func otherTypes() throws {
    let file = try SafetensorsFile(bytes: PythonFixtures.safetensorsMixed, path: "m.safetensors")
    #expect(file.names == ["half", "brain", "long", "flag"])
    #expect(try file.tensor("half").array(of: Float.self) == [1.5, -2])
    #expect(try file.tensor("brain").array(of: Float.self) == [1, -2.5])
    #expect(try file.tensor("flag").array(of: UInt8.self) == [1, 0, 1, 1])
    #expect(try file.array("long").int64() == [5, 1 << 40])
    #expect(
      sentence { _ = try file.tensor("long") }
        == "m.safetensors: tensor \"long\": element 1 is 1099511627776, expected -2147483648 to 2147483647")
    #expect(
      sentence { _ = try file.tensor("lang") }
        == "m.safetensors: holds no tensor \"lang\", only \"half\", \"brain\", \"long\", \"flag\"")
  }

  @Test func faults() {
    #expect(message([1, 2]) == "m.safetensors: offset 0: expected 8 bytes of header length, but only 2 follow")
    #expect(
      message(hex("ffffffffffffffff 7b7d"))
        == "m.safetensors: offset 0: the header length is 18446744073709551615, but only 2 bytes follow")
    #expect(message(file("[1]")) == "m.safetensors: offset 8: the header does not begin with a JSON object")
    #expect(message(file("{\"a\":1}")) == "m.safetensors: tensor \"a\": its header entry is not a JSON object")
    #expect(message(file("{\"a\":{},\"a\":{}}")) == "m.safetensors: offset 16: the JSON key \"a\" appears twice")
    #expect(message(file("{\"a\":{}")) == "m.safetensors: offset 15: the JSON ends where a comma or } was expected")
    #expect(message(file("{\"a\":{}} x")) == "m.safetensors: offset 17: the JSON goes on after its value")
    #expect(
      message(file("{\"__metadata__\":{\"a\":1}}")) == "m.safetensors: key \"__metadata__\": \"a\" is not a string")
    func entry(_ text: String) -> String { "{\"w\":{\(text)}}" }
    func one(_ text: String, data: Int) -> String? { message(file(entry(text), data: data)) }
    let place = "m.safetensors: tensor \"w\": "
    #expect(one("\"shape\":[1],\"data_offsets\":[0,4]", data: 4) == place + "its header entry lacks \"dtype\"")
    #expect(
      one("\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[0,1]", data: 1)
        == place + "the element type \"F8_E4M3\" is not read")
    #expect(
      one("\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]", data: 4)
        == place + "\"shape\" holds something other than whole numbers of 0 or more")
    #expect(
      one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]", data: 4)
        == place + "\"data_offsets\" is [4, 0], expected a start and an end")
    #expect(
      one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]", data: 4)
        == place + "\"data_offsets\" ends at 8, but the file holds only 4 bytes of data")
    #expect(
      one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]", data: 4)
        == place + "\"data_offsets\" spans 4 bytes, but shape [2] of F32 takes 8")
    #expect(
      one("\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]", data: 0)
        == place + "its shape [4611686018427387904, 4] of F32 is larger than memory")
    #expect(
      one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1", data: 4)
        == place + "its header entry holds the unknown key \"x\"")
    func two(_ first: String, _ second: String, data: Int) -> String? {
      func part(_ offsets: String) -> String { "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[\(offsets)]}" }
      return message(file("{\"a\":\(part(first)),\"b\":\(part(second))}", data: data))
    }
    #expect(two("0,4", "4,8", data: 8) == nil)
    #expect(two("0,4", "2,6", data: 6)?.contains("overlaps tensor \"a\", which ends at offset") == true)
    #expect(two("0,4", "5,9", data: 9)?.hasSuffix("leaves a gap of 1 bytes after tensor \"a\"") == true)
    #expect(two("1,5", "5,9", data: 9)?.hasSuffix("leaves a gap of 1 bytes after the header") == true)
    #expect(two("0,4", "4,8", data: 9)?.hasSuffix("1 bytes follow the last tensor") == true)
    let nested = "{\"a\":" + String(repeating: "[", count: 100)
    #expect(message(file(nested))?.hasSuffix("the JSON is nested deeper than 32 levels") == true)
    #expect(message(file("{\"\\ud800\":1}"))?.hasSuffix("a JSON escape names half a character") == true)
    #expect(message(file("{\"a\":01}"))?.hasSuffix("expected a comma or } in a JSON object") == true)
  }

  @Test func refusedWrites() {
    let tensor = Tensor(1)
    #expect(
      sentence { try SafetensorsFile.write([("a", tensor), ("a", tensor)], to: "m") }
        == "m: tensor \"a\": is written twice")
    #expect(
      sentence { try SafetensorsFile.write([("__metadata__", tensor)], to: "m") }
        == "m: \"__metadata__\" cannot name a tensor")
  }
}
