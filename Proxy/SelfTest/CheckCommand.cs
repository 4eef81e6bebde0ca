using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Proxy.Configuration;

namespace Proxy.SelfTest;

/// <summary><c>Proxy check</c>: the self-test from a shell; no gateway has to run here.</summary>
internal static class CheckCommand
{
    /// <summary>A token may stand in this variable instead of on the command line, which other users of the machine can see.</summary>
    public const string TokenVariable = "CHECK_ACCESS_TOKEN";

    // Longer than a poll of 90 s, so that one whole poll is seen.
    private static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var url = new Option<string>("--url")
        {
            Description = "Public address of a hub, such as https://public.example/hub.",
            HelpName = "URL",
            Required = true,
        };
        var idle = new Option<string?>("--idle")
        {
            Description = $"How long connections stay idle; {DefaultIdle:c} when left out, 0 skips it.",
            HelpName = "hh:mm:ss",
        };
        var token = new Option<string?>("--access-token")
        {
            Description = $"Bearer token, if the hub needs one; or {TokenVariable} in the environment.",
            HelpName = "TOKEN",
        };
        var json = new Option<bool>("--json") { Description = "Writes the report as JSON.", Arity = ArgumentArity.Zero };
        var unknown = new Argument<string[]>("unknown") { Arity = ArgumentArity.ZeroOrMore, Hidden = true };
        unknown.Validators.Add(RefuseUnknown);
        var command = new Command("check", "Connects through the public address of a hub and reports what a proxy in front of the gateway breaks.")
        {
            url, idle, token, json, unknown,
        };
        command.SetAction(parsed =>
        {
            var configuration = parsed.InvocationConfiguration;
            var accessToken = parsed.GetValue(token) ?? Environment.GetEnvironmentVariable(TokenVariable);
            return CheckTarget.TryCreate(parsed.GetValue(url), parsed.GetValue(idle), DefaultIdle, accessToken, out var problem) is { } target
                ? RunAsync(target, parsed.GetValue(json), configuration.Output, configuration.Error)
                : RefuseAsync(problem, configuration.Error);
        });
        return command;
    }

    /// <returns>0 when nothing stands in the way, otherwise 1.</returns>
    private static async Task<int> RunAsync(CheckTarget target, bool isJson, TextWriter output, TextWriter error)
    {
        if (!isJson)
        {
            await error.WriteLineAsync(
                $"Testing {target.Shown}; this takes some seconds{(target.Idle > TimeSpan.Zero ? $" and the idle time, {target.Idle:c}" : "")} …");
        }

        var report = await new SelfTestRun(target, ownerOf: null, TimeProvider.System).RunAsync(CancellationToken.None);
        await output.WriteLineAsync(isJson ? JsonSerializer.Serialize(report, CheckJson.Default.CheckReport) : CheckText.Of(report));
        return report.IsGood ? 0 : 1;
    }

    private static async Task<int> RefuseAsync(string? problem, TextWriter error)
    {
        await error.WriteLineAsync(problem);
        return 1;
    }

    // Only the name of a switch is shown: the rest of an argument may be a token.
    private static void RefuseUnknown(ArgumentResult result)
    {
        var options = ((CommandResult)result.Parent!).Command.Options.Select(option => option.Name).ToArray();
        foreach (var name in result.Tokens.Select(token => token.Value.Split('=')[0]).Where(name => name.StartsWith('-')))
        {
            result.AddError($"'{name}' is not an option of check; "
                + (NearestName.Find(name, options) is { } near ? $"did you mean '{near}'?" : $"these are {string.Join(", ", options)}."));
        }

        if (result.Tokens is [{ Value: not ['-', ..] }, ..])
        {
            result.AddError("A word is not known; the address of the hub stands behind --url.");
        }
    }
}
