using LoadTests;
using Spectre.Console;

var console = AnsiConsole.Console;
if (Console.IsOutputRedirected)
{
    // A file has neither colours nor a width of its own.
    console.Profile.Capabilities.Ansi = false;
    console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    console.Profile.Width = 140;
}

return await new LoadTestsCommand(console).InvokeAsync(args);
