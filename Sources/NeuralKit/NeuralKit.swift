// NeuralKit
