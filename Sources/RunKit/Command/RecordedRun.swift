import ArgumentParser
import FileKit
import Foundation

/// What the `run.json` of an earlier run tells one that goes on with it or repeats it.
struct RecordedRun {
  let name: RunName
  /// The command line after the executable's name, without what concerns only where and how to run.
  let arguments: [String]
  let state: RunFolder.State
  /// Wall time, as far as the record knows it.
  let seconds: Double?
  /// Most memory of a process of the finished run.
  let peakBytes: Int?
  private let options: OrderedJSON

  /// Reads the file that `option` names. Throws `UsageError` when no run of Gossamer wrote it.
  init(file path: String, option: String) throws {
    let record: OrderedJSON
    do { record = try OrderedJSON.read(path) } catch { throw UsageError("\(option) \(error).") }
    guard let name = RunName(record: record), let state = record["state"]?.text.flatMap(RunFolder.State.init),
      case .array(let words)? = record["arguments"], let options = record["options"]
    else { throw UsageError("\(option) \(path): this is not the run.json of a Gossamer run that can be repeated.") }
    self.name = name
    self.state = state
    self.options = options
    arguments = words.compactMap(\.text)
    seconds = record["seconds"]?.double
    peakBytes = record["peakBytes"]?.double.flatMap(Int.init(exactly:))
  }

  /// The run to go on with in this folder; nil when the folder is absent or empty, and a run can begin there.
  static func toResume(_ path: String) throws -> RecordedRun? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.isEmpty ? nil : try RecordedRun(file: path + "/run.json", option: "--resume")
  }

  /// Refuses options other than the recorded ones: a run cannot change under way. The number of threads and
  /// the place of the data may.
  func require(_ typed: [(name: String, value: JSONValue)], for name: RunName, option path: String) throws {
    guard name == self.name else {
      throw UsageError("--resume \(path): the folder holds a run of \(self.name), which \(name) cannot go on with.")
    }
    // A preset stands for other options, so it is what to speak of first.
    for (name, value) in typed.sorted(by: { $0.name == "preset" && $1.name != "preset" })
    where name != "threads" && name != "data" {
      let recorded = options[name].map(JSONValue.init(_:)) ?? .null
      // A whole number above Int's comes back as a Double.
      if recorded.text() == value.text() { continue }
      if let number = Double(recorded.text()), number == Double(value.text()) { continue }
      throw UsageError(
        "--resume \(path): the run has \(name) \(recorded.text()) and cannot go on with \(value.text()); "
          + "--replay \(path)/run.json starts a new run with other options.")
    }
  }

  /// A command line without options that concern only where and how to run, as a run records it.
  static func recordable(_ arguments: [String]) -> [String] {
    without(flags: CommonOptions.unrecordedFlags, values: CommonOptions.unrecordedValues, arguments)
  }

  /// The recorded command line with the data in this folder, where one is named.
  func arguments(data: String?) -> [String] {
    guard let data, data != Self.value(of: "--data", in: arguments) else { return arguments }
    return Self.joined(Self.without(flags: [], values: ["data"], arguments), ["--data", data])
  }

  /// Two command lines as one: what follows "--" stays behind all options.
  static func joined(_ first: [String], _ second: [String]) -> [String] {
    let options = [first, second].map { $0.prefix { $0 != "--" } }
    let rest = [first.dropFirst(options[0].count), second.dropFirst(options[1].count)]
    return options.flatMap { $0 } + (rest.allSatisfy(\.isEmpty) ? [] : ["--"]) + rest.flatMap { $0.dropFirst() }
  }

  /// A command line without these options, named as their properties are.
  private static func without(flags: Set<String>, values: Set<String>, _ arguments: [String]) -> [String] {
    let flags = flags.map(optionName), valued = values.map(optionName)
    var result: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" { return result + [word] + rest }
      if flags.contains(word) { continue }
      if valued.contains(word) {
        rest = rest.dropFirst()
      } else if !valued.contains(where: { word.hasPrefix($0 + "=") }) {
        result.append(word)
      }
    }
    return result
  }

  /// `--list-presets` for `listPresets`.
  private static func optionName(_ property: String) -> String {
    "--" + property.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }.joined()
  }

  /// The value of an option on a command line that is not parsed yet.
  static func value(of option: String, in arguments: [String]) -> String? {
    let words = arguments.prefix { $0 != "--" }
    if let place = words.lastIndex(of: option), place + 1 < words.endIndex { return words[place + 1] }
    return words.last { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
  }
}

extension JSONValue {
  /// The value that was read, to be written again.
  init(_ value: OrderedJSON) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .number(number)
    case .string(let text): self = .string(text)
    case .array(let elements): self = .array(elements.map(JSONValue.init(_:)))
    case .object(let members): self = .object(members.map { Member($0.key, JSONValue($0.value)) })
    }
  }
}
