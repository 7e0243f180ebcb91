KernelBenchCommand.main()
