// DataKit
