// SparseKit
