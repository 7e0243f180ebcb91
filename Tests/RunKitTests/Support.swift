import Foundation
import RunKit
import TestSupport

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a command wrote.
final class Capture {
  private(set) var output = ""
  private(set) var error = ""

  func console(terminal: Bool = false, columns: Int = 80) -> Console {
    Console(
      writeOutput: { self.output += $0 }, writeError: { self.error += $0 }, errorIsTerminal: terminal,
      columns: columns)
  }
}

func contents(_ folder: URL, _ name: String) throws -> String {
  try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
}

func names(in folder: URL) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

func jsonObject(_ text: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
}

/// Counts the elements of an XML document; nil when it is not well formed.
final class ElementCounter: NSObject, XMLParserDelegate {
  private var counts: [String: Int] = [:]

  static func count(_ xml: String) -> [String: Int]? {
    let parser = XMLParser(data: Data(xml.utf8))
    let counter = ElementCounter()
    parser.delegate = counter
    return parser.parse() ? counter.counts : nil
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    counts[element, default: 0] += 1
  }
}

/// Runs the closure with a folder of its own, removed at the end.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  try TestSupport.withTemporaryFolder { try body(URL(fileURLWithPath: $0)) }
}
