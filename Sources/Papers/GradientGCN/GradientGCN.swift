// GradientGCN
