import ArgumentParser

/// A command-line property whose value a run records. Read with `Mirror`, so that experiments list nothing themselves.
private protocol RecordedOption {
  var recordedValue: Any { get }
}

extension Option: RecordedOption {
  fileprivate var recordedValue: Any { wrappedValue }
}
extension Flag: RecordedOption {
  fileprivate var recordedValue: Any { wrappedValue }
}
extension Argument: RecordedOption {
  fileprivate var recordedValue: Any { wrappedValue }
}
extension OptionGroup: RecordedOption {
  fileprivate var recordedValue: Any { wrappedValue }
}

/// Options of a parsed command in their order of declaration, groups flattened, names in camelCase as declared.
func recordedOptions(of command: Any, leavingOut hidden: Set<String> = []) -> [(name: String, value: JSONValue)] {
  var options: [(name: String, value: JSONValue)] = []
  for child in Mirror(reflecting: command).children {
    guard let label = child.label, let option = child.value as? any RecordedOption else { continue }
    let name = label.hasPrefix("_") ? String(label.dropFirst()) : label
    if option is any OptionGroupMarker {
      options += recordedOptions(of: option.recordedValue, leavingOut: hidden)
    } else if !hidden.contains(name) {
      options.append((name, JSONValue(recording: option.recordedValue)))
    }
  }
  return options
}

private protocol OptionGroupMarker {}
extension OptionGroup: OptionGroupMarker {}

extension JSONValue {
  /// The JSON form of an option's value: numbers, booleans and text as such, enumerations by their argument's name.
  init(recording value: Any) {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
      self = mirror.children.first.map { JSONValue(recording: $0.value) } ?? .null
      return
    }
    switch value {
    case let flag as Bool: self = .bool(flag)
    case let integer as any BinaryInteger: self = .integer(String(describing: integer))
    case let number as Double: self = .number(number)
    case let number as Float: self = .float(number)
    case let text as String: self = .string(text)
    case let list as [Any]: self = .array(list.map(JSONValue.init(recording:)))
    case let choice as any RawRepresentable: self = JSONValue(recording: choice.rawValue)
    default: self = .string(String(describing: value))
    }
  }
}
