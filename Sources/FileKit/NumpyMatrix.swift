/// A matrix of float32 in a `.npy` file that is read a panel of columns at a time, so that memory need not hold it.
package final class NumpyMatrixInput {
  package let rows: Int
  package let columns: Int
  private let elements: NumpyElements

  /// Opens a file whose array is row-major, little-endian, of float32 and two axes, and as long as its header says.
  package init(_ path: String) throws(FileError) {
    elements = try NumpyElements(path, .float32, axes: 2)
    (rows, columns) = (elements.shape[0], elements.shape[1])
  }

  /// Reads the columns of `panel` into memory for rows x panel floats, row-major.
  package func read(_ panel: Range<Int>, into memory: UnsafeMutableRawBufferPointer) throws(FileError) {
    let layout = PanelLayout(rows: rows, columns: columns, panel: panel)
    try layout.move(
      direct: { (offset, range) throws(FileError) in
        try elements.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[range]), at: offset)
      },
      block: { (block, offset, first) throws(FileError) in
        try elements.read(into: block, at: offset)
        for (row, place) in layout.places(in: block).enumerated() {
          let to = memory.baseAddress! + (first + row) * layout.panelBytes
          to.copyMemory(from: block.baseAddress! + place, byteCount: layout.panelBytes)
        }
      })
  }
}

/// A matrix of float32 that becomes a `.npy` file, written a panel of columns at a time. The file takes its name by
/// `commit`; released without that, nothing is left of it.
package final class NumpyMatrixOutput {
  private let file: PendingFile
  private let rows: Int
  private let columns: Int
  private let start: Int

  package init(_ path: String, rows: Int, columns: Int) throws(FileError) {
    file = try PendingFile(path)
    (self.rows, self.columns) = (rows, columns)
    let header = NumpyArray.headerBytes(.float32, shape: [rows, columns])
    start = header.count
    try FileBytes.write(header, to: file.descriptor, path: path)
    try file.resize(to: start + rows * columns * 4)
  }

  /// Writes whole rows from the first one on, row-major.
  package func write(rowsFrom first: Int, _ memory: UnsafeRawBufferPointer) throws(FileError) {
    try FileBytes.write(memory, to: file.descriptor, at: start + first * columns * 4, path: file.path)
  }

  /// Writes the columns of `panel` from rows x panel floats, row-major.
  package func write(_ panel: Range<Int>, from memory: UnsafeRawBufferPointer) throws(FileError) {
    let layout = PanelLayout(rows: rows, columns: columns, panel: panel)
    let (descriptor, path) = (file.descriptor, file.path)
    try layout.move(
      direct: { (offset, range) throws(FileError) in
        try FileBytes.write(
          UnsafeRawBufferPointer(rebasing: memory[range]), to: descriptor, at: start + offset, path: path)
      },
      block: { (block, offset, first) throws(FileError) in
        guard try FileBytes.read(from: descriptor, into: block, at: start + offset, path: path) == block.count else {
          throw FileError(path: path, "cannot be written: somebody cut its temporary file")
        }
        for (row, place) in layout.places(in: block).enumerated() {
          let from = memory.baseAddress! + (first + row) * layout.panelBytes
          (block.baseAddress! + place).copyMemory(from: from, byteCount: layout.panelBytes)
        }
        try FileBytes.write(UnsafeRawBufferPointer(block), to: descriptor, at: start + offset, path: path)
      })
  }

  package func commit() throws(FileError) { try file.commit() }
}

/// The pieces in which a panel of columns moves between memory and a row-major file.
package struct PanelLayout {
  internal let rows: Int
  internal let rowBytes: Int
  /// Place of the panel in a row.
  internal let offset: Int
  internal let panelBytes: Int

  /// Rows move in blocks of about this size.
  private static let blockBytes = 4 << 20
  /// Where at least so many bytes lie between the pieces of a panel, passing over them costs more than a call a row.
  private static let farBytes = 32 << 10

  internal init(rows: Int, columns: Int, panel: Range<Int>) {
    self.rows = rows
    rowBytes = 4 * columns
    offset = 4 * panel.lowerBound
    panelBytes = 4 * panel.count
  }

  /// Bytes that moving a panel of a rows x columns matrix takes besides the panel, at most.
  package static func bufferBytes(rows: Int, columns: Int) -> Int {
    4 * columns * min(rows, max(1, blockBytes / max(1, 4 * columns)))
  }

  /// Hands out the pieces in order: each either `direct`, by its place in the file's elements and its range in the
  /// panel, or as a `block` of whole rows, by memory for it, its place and its first row.
  internal func move(
    direct: (Int, Range<Int>) throws(FileError) -> Void,
    block: (UnsafeMutableRawBufferPointer, Int, Int) throws(FileError) -> Void
  ) throws(FileError) {
    if rows == 0 || panelBytes == 0 { return }
    if panelBytes == rowBytes { return try direct(0, 0..<rows * rowBytes) }
    if rowBytes - panelBytes >= Self.farBytes {
      for row in 0..<rows { try direct(row * rowBytes + offset, row * panelBytes..<(row + 1) * panelBytes) }
      return
    }
    let step = max(1, Self.blockBytes / rowBytes)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: min(step, rows) * rowBytes, alignment: 64)
    defer { memory.deallocate() }
    for first in stride(from: 0, to: rows, by: step) {
      let bytes = min(step, rows - first) * rowBytes
      try block(UnsafeMutableRawBufferPointer(rebasing: memory[..<bytes]), first * rowBytes, first)
    }
  }

  /// Where the panel lies in each row of a block.
  internal func places(in block: UnsafeMutableRawBufferPointer) -> StrideTo<Int> {
    stride(from: offset, to: block.count, by: rowBytes)
  }
}
