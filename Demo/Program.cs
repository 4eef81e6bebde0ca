return await Demo.DemoRun.RunAsync(args, Console.Out, Console.Error);
