using DotNetClients;

new CommandLoop((url, options, emit) => new SignalRClient(url, options, emit)).Run();
