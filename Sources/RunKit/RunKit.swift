// RunKit
