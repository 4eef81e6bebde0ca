using LoadTests;
using LoadTests.Comparison.Contenders;
using LoadTests.Lean.Node;
using Spectre.Console;

// Parts that a comparison starts, apart from the command line: they are measured, and load nothing that they do not need.
switch (args)
{
    case [LeanNode.Command, var name]:
        using (var node = new LeanNode(name))
        {
            Console.WriteLine(LeanNode.Listening + node.Url);
            await node.RunAsync(CancellationToken.None);
            return 0;
        }

    case [BareYarp.Command, .. var nodes]:
        return await BareYarp.RunAsync(nodes);
}

var console = AnsiConsole.Console;
if (Console.IsOutputRedirected)
{
    // A file has neither colours nor a width of its own.
    console.Profile.Capabilities.Ansi = false;
    console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    console.Profile.Width = 140;
}

return await new LoadTestsCommand(console).InvokeAsync(args);
