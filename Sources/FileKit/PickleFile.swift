/// Reads pickles of plain data: None, numbers, text, bytes, containers, numpy arrays and scipy CSR matrices. Nothing in
/// a pickle is ever run: any other object is refused by name and offset.
public enum PickleFile {
  /// The one value pickled in the file at `path`, of protocol 0 to 5.
  public static func read(_ path: String) throws(FileError) -> PickleValue {
    try decode(FileBytes.read(path), path: path)
  }

  /// The one value pickled in `bytes`; `path` names them in errors.
  public static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> PickleValue {
    var machine = PickleMachine(bytes, source: FileSource(path))
    return try machine.run()
  }
}
