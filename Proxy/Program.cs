using Proxy;

return await GatewayCommand.RunAsync(args);
