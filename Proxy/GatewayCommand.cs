using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Options;
using Proxy.Configuration;
using Proxy.Hosting;
using Proxy.SelfTest;

namespace Proxy;

/// <summary>The command line: runs the gateway, or one of the small commands beside it.</summary>
internal static class GatewayCommand
{
    /// <param name="args">The command line.</param>
    /// <param name="output">Gets the help and the version; the console's when left out.</param>
    /// <param name="error">Gets what is wrong with the command line; the console's when left out.</param>
    /// <returns>The process's exit code: 0, or 1 when the command line or the configuration cannot be used, or when the command has failed.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        // A setting may begin with '@' or with one dash: neither a file of arguments nor several switches in one are meant by that.
        var parsed = Create(args).Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        var mistake = parsed.Action as ParseErrorAction;
        mistake?.ShowHelp = false;
        mistake?.ShowTypoCorrections = false;

        // The host handles signals itself and takes the time that it is configured for, and an unexpected exception keeps its stack trace.
        var configuration = new InvocationConfiguration
        {
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        var exitCode = await parsed.InvokeAsync(configuration);
        if (mistake is not null)
        {
            var command = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
            await configuration.Error.WriteLineAsync($"Proxy {command}--help shows what can be written.");
        }

        return exitCode;
    }

    private static RootCommand Create(string[] args)
    {
        Command[] commands = [HealthCheck.CreateCommand(), CheckCommand.Create()];
        var root = new RootCommand("Keeps every SignalR connection on the hub node that owns it. Without a command it runs the gateway.");
        foreach (var command in commands)
        {
            command.Validators.Add(RefuseSettingsBefore);
            root.Add(command);
        }

        // Where a command comes first, the program's own settings are not among what can be written.
        if (args is not [var first, ..] || !commands.Any(command => command.Name == first))
        {
            var settings = new SettingsArgument();
            var test = new Option<bool>("-t") { Description = "Only checks the configuration of nginx that --nginx-conf FILE names, and ends with 0 or 1." };
            root.Add(settings);
            root.Add(test);
            root.SetAction(parsed => parsed.GetValue(test)
                ? TestNginxAsync(parsed.GetValue(settings) ?? [], parsed.InvocationConfiguration)
                : RunGatewayAsync(parsed.GetRequiredValue(settings)));
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new SettingsHelp((HelpAction)help.Action!);
        return root;
    }

    private static void RefuseSettingsBefore(CommandResult result)
    {
        if (result.Parent is CommandResult root && root.Children.Any(child => child is ArgumentResult { Tokens.Count: > 0 }))
        {
            result.AddError($"'{result.Command.Name}' is a command, which comes first: Proxy {result.Command.Name} …");
        }
    }

    // All but listening, as "nginx -t" does.
    private static async Task<int> TestNginxAsync(string[] args, InvocationConfiguration console)
    {
        try
        {
            var file = ConfigurationSources.FileOf(args, ConfigurationSources.NginxOption)
                ?? throw new GatewayConfigurationException($"-t checks a configuration of nginx; write --{ConfigurationSources.NginxOption} FILE -t.");
            await using (GatewayApp.Build(args))
            {
                await console.Error.WriteLineAsync($"The configuration file {file} is ok: the gateway can run from it.");
                return 0;
            }
        }
        catch (Exception e) when (StartError.Describe(e) is { } lines)
        {
            foreach (var line in lines)
            {
                await console.Error.WriteLineAsync(line);
            }

            await console.Error.WriteLineAsync("The test of the configuration has failed.");
            return 1;
        }
    }

    private static async Task<int> RunGatewayAsync(string[] args)
    {
        try
        {
            var log = new StartLog();
            await using var app = GatewayApp.Build(args, builder =>
            {
                builder.AddWarmUp();
                builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(log);
            });
            app.Lifetime.ApplicationStarted.Register(log.Open);
            await app.RunAsync();
            return 0;
        }
        catch (Exception e) when (StartError.Describe(e) is { } lines)
        {
            Console.Error.WriteLine("The gateway cannot start:");
            foreach (var line in lines)
            {
                Console.Error.WriteLine("  " + line);
            }

            return 1;
        }
    }

    /// <summary>The help of the library, and for the program itself what settings look like.</summary>
    private sealed class SettingsHelp(HelpAction commands) : SynchronousCommandLineAction
    {
        private const string Text =
            """
            Settings are configuration keys, such as
              --Gateway:Nodes:a=http://127.0.0.1:5000 --Gateway:Nodes:b=http://127.0.0.1:5002
              --urls http://0.0.0.0:8080             where clients connect
              --config FILE                          one more JSON file, watched for changes
              --nginx-conf FILE                      a configuration of nginx to run from; with -t it is only checked
            or environment variables (Gateway__Nodes__a=http://a:5000), or appsettings.json beside the program.
            Every key is listed in docs/configuration.md.
            """;

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parsed)
        {
            commands.Invoke(parsed);
            if (parsed.CommandResult.Command is RootCommand)
            {
                parsed.InvocationConfiguration.Output.WriteLine(Text);
            }

            return 0;
        }
    }
}
