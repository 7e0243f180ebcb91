GossamerDataCommand.main()
