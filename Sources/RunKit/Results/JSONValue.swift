import FileKit

/// A JSON text in the making: members keep their order, numbers round-trip, NaN and infinities become null.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// Decimal digits of an integer of any width.
  case integer(String)
  case number(Double)
  case float(Float)
  case string(String)
  case array([JSONValue])
  case object([Member])

  public struct Member: Sendable, Equatable {
    public let name: String
    public let value: JSONValue
    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  public static func integer(_ value: some BinaryInteger) -> JSONValue { .integer(String(value)) }
  public static func numbers(_ values: [Double]) -> JSONValue { .array(values.map(JSONValue.number)) }
  public static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { Member($0.key, $0.value) })
  }

  /// The text on one line, or with `indented` one member a line (arrays of plain values stay on one).
  public func text(indented: Bool = false) -> String {
    var text = ""
    write(to: &text, depth: indented ? 0 : nil)
    return text
  }

  private func write(to text: inout String, depth: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .integer(let digits): text += digits
    case .number(let number): text += number.isFinite ? plain(number.description) : "null"
    case .float(let number): text += number.isFinite ? plain(number.description) : "null"
    case .string(let string): text += OrderedJSON.quote(string)
    case .array(let elements):
      let inner = elements.allSatisfy(\.isPlain) ? nil : depth
      Self.write(elements, "[", "]", to: &text, depth: inner, spaced: depth != nil) { element, text, depth in
        element.write(to: &text, depth: depth)
      }
    case .object(let members):
      Self.write(members, "{", "}", to: &text, depth: depth, spaced: depth != nil) { member, text, depth in
        text += OrderedJSON.quote(member.name)
        text += depth == nil ? ":" : ": "
        member.value.write(to: &text, depth: depth)
      }
    }
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  /// Whole numbers without their ".0", which other readers would print back differently.
  private func plain(_ digits: String) -> String { digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits }

  private static func write<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String, depth: Int?, spaced: Bool,
    each: (Element, inout String, Int?) -> Void
  ) {
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += depth == nil && spaced ? ", " : "," }
      if let depth { text += "\n" + String(repeating: "  ", count: depth + 1) }
      each(element, &text, depth.map { $0 + 1 })
    }
    if let depth, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: depth) }
    text += close
  }
}
