/// The elements of a `.npy` file where they lie: they move straight between the file and the caller's memory.
package final class NumpyElements {
  package let shape: [Int]
  private let file: FileInput
  /// Place of the first element.
  private let start: Int

  /// Opens a file whose array is row-major, little-endian, of this type and number of axes, and as long as its header
  /// says.
  package init(_ path: String, _ element: NumpyArray.Element, axes: Int) throws(FileError) {
    file = try FileInput(path)
    let source = FileSource(path)
    // The longest header of version 1.0; an array of few axes has a short one in any version.
    let head = try file.bytes(0..<min(file.size, 10 + 1 << 16))
    var reader = ByteReader(head, source: source)
    let header = try NumpyArray.header(&reader)
    guard header.element == element, !header.isBigEndian, !header.isFortran || axes < 2, header.shape.count == axes
    else {
      throw source.error(
        "holds \(header.element)\(header.isBigEndian ? " in big-endian order" : "") of shape \(header.shape)"
          + "\(header.isFortran ? " in Fortran order" : ""), expected a \(axes == 2 ? "matrix" : "vector") of "
          + "\(element)\(axes == 2 ? " in C order" : "")")
    }
    guard let size = byteCount(of: header.shape, stride: element.stride) else {
      throw source.error("the header's shape \(header.shape) of \(element) is larger than memory")
    }
    let follow = file.size - reader.offset
    guard size.bytes == follow else {
      throw source.error(
        at: reader.offset,
        "the header says \(header.shape.map(String.init).joined(separator: " x ")) elements of \(element), "
          + "\(size.bytes) bytes, but \(follow) follow")
    }
    start = reader.offset
    shape = header.shape
  }

  /// Fills memory with the bytes of the elements from `offset` on.
  package func read(into memory: UnsafeMutableRawBufferPointer, at offset: Int = 0) throws(FileError) {
    try file.fill(memory, at: start + offset)
  }

  /// Writes a vector of elements of this type to `path`.
  package static func write(
    _ elements: UnsafeRawBufferPointer, of element: NumpyArray.Element, to path: String
  ) throws(FileError) {
    let file = try PendingFile(path)
    let header = NumpyArray.headerBytes(element, shape: [elements.count / element.stride])
    try FileBytes.write(header, to: file.descriptor, path: path)
    try FileBytes.write(elements, to: file.descriptor, path: path)
    try file.commit()
  }
}
