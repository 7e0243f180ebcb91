/// Colours and text of figures: the light theme as attributes, and the dark one as rules that a page applies by class.
enum SVGTheme {
  static let ink = "#1f2328"
  static let faint = "#59636e"
  static let grid = "#e4e7eb"
  /// Cells that hold no value.
  static let blank = "#dcdfe4"
  static let paper = "#ffffff"
  static let font = "-apple-system, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"

  /// Okabe and Ito's colours, which stay apart for colour-blind readers, in an order that also keeps lightness apart.
  static let series = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#3b3f45"]
  private static let darkSeries = ["#5ab4f0", "#f08a4b", "#3fc79a", "#e0a3c6", "#f0be55", "#9ad4f5", "#c9d1d9"]
  /// Dashes tell series apart when they outnumber the colours.
  static let dashes = ["", "6 3", "2 3"]

  static func color(_ index: Int) -> String { series[index % series.count] }
  static func dash(_ index: Int) -> String { dashes[index / series.count % dashes.count] }

  /// CSS rules that recolour the figures of a page with the page's own variables.
  static let lightRules = """
    .figure .ink { fill: var(--ink); } .figure .faint { fill: var(--faint); }
    .figure .grid { stroke: var(--line); } .figure .axis { stroke: var(--faint); } .figure .paper { fill: none; }
    .figure .blank { fill: var(--rule); } .figure .whisker { stroke: var(--ink); }
    """
  static var darkRules: String {
    darkSeries.enumerated().map { ".figure .c\($0) { stroke: \($1); } .figure .f\($0) { fill: \($1); }" }
      .joined(separator: "\n")
  }
}
