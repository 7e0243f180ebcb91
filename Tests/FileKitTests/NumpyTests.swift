import FileKit
import TensorKit
import TestSupport
import Testing

@Suite struct NumpyTests {
  func message(_ bytes: [UInt8]) -> String? { sentence { _ = try NumpyArray(bytes: bytes, path: "a.npy") } }

  @Test func knownFiles() throws {
    let plain = try NumpyArray(bytes: PythonFixtures.npyFloat32, path: "a.npy")
    #expect(plain.element == .float32 && plain.shape == [2, 3])
    #expect(try plain.floats() == [0, 0.5, 1, 1.5, 2, 2.5])
    let fortran = try NumpyArray(bytes: PythonFixtures.npyBigFortran, path: "a.npy")
    #expect(fortran.shape == [2, 3, 4])
    #expect(try fortran.integers() == Array(0..<24))
    let scalar = try NumpyArray(bytes: PythonFixtures.npyScalar, path: "a.npy")
    #expect(try scalar.shape == [] && scalar.doubles() == [2.5])
    #expect(try NumpyArray(bytes: PythonFixtures.npyText, path: "a.npy").strings() == ["ab", "ç😀x", ""])
    #expect(try NumpyArray(bytes: PythonFixtures.npyBytes, path: "a.npy").strings() == ["ab", "c"])
    #expect(try NumpyArray(bytes: PythonFixtures.npyVersion2, path: "a.npy").int64() == [1, -2, 3])
    #expect(try NumpyArray(bytes: PythonFixtures.npyVersion3, path: "a.npy").booleans() == [true, false])
    let half = try NumpyArray(bytes: PythonFixtures.npyHalf, path: "a.npy").floats()
    #expect(half == [1, -2.5, 0x1p-24, 65504, .infinity])
  }

  @Test func writtenFilesEqualNumpys() throws {
    let matrix = NumpyArray([0, 0.5, 1, 1.5, 2, 2.5] as [Float], shape: [2, 3])
    #expect(matrix.fileBytes() == PythonFixtures.npyFloat32)
    #expect(NumpyArray([2.5] as [Double], shape: []).fileBytes() == PythonFixtures.npyScalar)
    #expect(NumpyArray(["ab", "ç😀x", ""]).fileBytes() == PythonFixtures.npyText)
    try withTemporaryFolder { folder in
      let tensor = Tensor([1, 2, 3, 4] as [Int32], shape: [2, 1, 2])
      try NumpyArray(tensor).write(to: folder + "/t.npy")
      let back = try NumpyArray(folder + "/t.npy").tensor()
      #expect(back.shape == [2, 1, 2] && back.dtype == .int32 && back.array(of: Int32.self) == [1, 2, 3, 4])
    }
  }

  @Test func roundTripOfEveryType() throws {
    func check<Scalar: NumpyScalar & Equatable>(_ values: [Scalar]) throws {
      let array = NumpyArray(values, shape: [1, values.count])
      #expect(try NumpyArray(bytes: array.fileBytes(), path: "a.npy") == array)
    }
    try check([Int8.min, 0, .max])
    try check([UInt8.min, 1, .max])
    try check([Int16.min, 0, .max])
    try check([UInt16.min, 1, .max])
    try check([Int32.min, 0, .max])
    try check([UInt32.min, 1, .max])
    try check([Int64.min, 0, .max])
    try check([UInt64.min, 1, .max])
    try check([Float.nan, -0.0, .greatestFiniteMagnitude].map(\.bitPattern))
    try check([Double.leastNonzeroMagnitude, -0.0, .infinity])
    try check([true, false])
    try check([Int]())
  }

  @Test func conversions() throws {
    let wide = NumpyArray([1, 1 << 40])
    #expect(try wide.integers() == [1, 1 << 40])
    #expect(
      sentence { _ = try wide.int32() } == "array: element 1 is 1099511627776, expected -2147483648 to 2147483647")
    #expect(
      sentence { _ = try wide.tensor() } == "array: element 1 is 1099511627776, expected -2147483648 to 2147483647")
    #expect(
      sentence { _ = try NumpyArray([-1]).integers(as: UInt8.self) } == "array: element 0 is -1, expected 0 to 255")
    #expect(try NumpyArray([2.0, -3]).integers() == [2, -3])
    #expect(
      sentence { _ = try NumpyArray([0.5]).int64() }
        == "array: element 0 is 0.5, expected a whole number from -9223372036854775808 to 9223372036854775807")
    #expect(sentence { _ = try NumpyArray(["x"]).floats() } == "array: holds <U1, expected numbers")
    #expect(sentence { _ = try NumpyArray([1]).strings() } == "array: holds <i8, expected text")
    #expect(try NumpyArray([7, 8]).tensor().dtype == .int32)
    #expect(try NumpyArray([true]).tensor().array(of: UInt8.self) == [1])
    #expect(
      sentence { _ = try NumpyArray([1.0], shape: [1, 1, 1, 1, 1, 1, 1]).tensor() }
        == "array: has 7 axes, but a tensor has at most 6")
  }

  @Test func anyOrderOfKeysAndOlderSpellings() throws {
    let header = "{\"shape\": (2L,), 'descr' : '|u1','fortran_order':False}   \n"
    let file = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + [5, 6]
    #expect(try NumpyArray(bytes: file, path: "a.npy").integers() == [5, 6])
  }

  @Test func faults() {
    let file = PythonFixtures.npyFloat32
    #expect(message([]) == "a.npy: offset 0: expected the magic of a .npy file, \\x93NUMPY")
    #expect(message(Array(file[..<7])) == "a.npy: offset 7: the file ends where the version was expected")
    #expect(
      message(Array(file[..<6]) + [9, 1] + file[8...])
        == "a.npy: offset 6: version 9.1 is not known, expected 1.0, 2.0 or 3.0")
    #expect(message(Array(file[..<60])) == "a.npy: offset 10: expected 118 bytes of header, but only 50 follow")
    #expect(
      message(Array(file.dropLast(3)))
        == "a.npy: offset 128: the header says 6 elements of <f4, but only 21 bytes follow")
    #expect(message(file + [1]) == "a.npy: offset 152: 1 bytes follow the 6 elements of <f4 that the header names")
    #expect(
      message(file.replacing("(2, 3), } ", by: "(2, 3), }x"))
        == "a.npy: offset 69: the header goes on after its dictionary")
    #expect(
      message(file.replacing("(2, 3), }                    ", by: "(9999999999999,9999999999999)}"))
        == "a.npy: the header's shape [9999999999999, 9999999999999] of <f4 is larger than memory")
    #expect(
      message(file.replacing("(2, 3)", by: "(2,-3)"))
        == "a.npy: offset 10: 'shape' holds something other than sizes of 0 or more")
    #expect(message(file.replacing("(2, 3)", by: "[2, 3]")) == "a.npy: offset 10: 'shape' is not a tuple")
    #expect(message(file.replacing("'<f4'", by: "'<c8'")) == "a.npy: offset 10: the element type '<c8' is not read")
    #expect(message(file.replacing("shape", by: "shapf"))?.contains("a key other than") == true)
    #expect(message(file.replacing("'shape'", by: "'descr'")) == "a.npy: offset 10: the header holds 'descr' twice")
    #expect(message(file.replacing("False", by: "Falsy"))?.contains("other than a Python literal") == true)
    #expect(
      message(file.replacing("'fortran_order': False, ", by: "                        "))
        == "a.npy: offset 10: the header lacks the key 'fortran_order'")
    #expect(
      message(PythonFixtures.npyObject)
        == "a.npy: offset 10: the elements are Python objects ('|O'), which are not read")
    #expect(
      message(PythonFixtures.npyRecord)
        == "a.npy: offset 10: the elements are structured records, expected plain numbers or text")
    let nested = file.replacing("(2, 3), }                    ", by: String(repeating: "(", count: 29))
    #expect(message(nested)?.contains("nested deeper than 16 levels") == true)
  }

  @Test func missingFiles() throws {
    #expect(
      sentence { _ = try NumpyArray("no/such.npy") } == "no/such.npy: cannot be opened: No such file or directory")
    try withTemporaryFolder { folder in
      #expect(sentence { _ = try NumpyArray(folder) } == "\(folder): is a folder, expected a file")
    }
  }
}
