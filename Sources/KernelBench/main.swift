KernelBenchCommand.main(KernelBenchCommand.spelledOut(Array(CommandLine.arguments.dropFirst())))
