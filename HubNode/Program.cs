await HubNode.HubNodeApp.Build(args).RunAsync();
