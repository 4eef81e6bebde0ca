await Proxy.GatewayApp.Build(args).RunAsync();
