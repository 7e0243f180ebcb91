GradientGCNCommand.main()
