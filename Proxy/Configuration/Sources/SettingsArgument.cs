using System.CommandLine;
using System.CommandLine.Parsing;

namespace Proxy.Configuration;

/// <summary>The settings of a command that reads the gateway's configuration; one that would have no effect is an error.</summary>
internal sealed class SettingsArgument : Argument<string[]>
{
    public SettingsArgument()
        : base("settings")
    {
        Description = "Configuration keys with their values, such as --Gateway:Nodes:a=http://127.0.0.1:5000.";
        Arity = ArgumentArity.ZeroOrMore;
        Validators.Add(Check);
    }

    private static void Check(ArgumentResult result)
    {
        var command = ((CommandResult)result.Parent!).Command;
        string[] words = [.. command.Subcommands.Select(word => word.Name), .. command.Options.Select(option => option.Name)];
        foreach (var problem in CommandLineSettings.Problems([.. result.Tokens.Select(token => token.Value)], words))
        {
            result.AddError(problem);
        }
    }
}
