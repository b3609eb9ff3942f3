using LlmSim.Cli;

using var termination = new Termination();
return CommandLine.Run(args, Console.Out, Console.Error);
