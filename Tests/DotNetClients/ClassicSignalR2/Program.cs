using DotNetClients;

new CommandLoop((url, options, emit) => new ClassicClient(url, options, emit)).Run();
