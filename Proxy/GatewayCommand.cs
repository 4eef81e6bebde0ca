using System.Reflection;
using Proxy.Hosting;
using Proxy.SelfTest;

namespace Proxy;

/// <summary>The command line: runs the gateway, or one of the small commands beside it.</summary>
internal static class GatewayCommand
{
    private const string Help =
        """
        Keeps every SignalR connection on the hub node that owns it.

          Proxy [settings]       runs the gateway
          Proxy healthcheck      asks a running gateway whether it is alive; exit code 0 or 1 (for containers)
          Proxy check --url URL  connects through the public address of a hub and tells what a proxy in front of the gateway breaks;
                                 --idle 00:02:00  how long connections stay idle; --access-token TOKEN, if the hub needs one; --json
          Proxy --version        prints the version

        Settings are configuration keys, such as
          --Gateway:Nodes:a=http://127.0.0.1:5000 --Gateway:Nodes:b=http://127.0.0.1:5002
          --urls=http://0.0.0.0:8080             where clients connect
          --config FILE                          one more JSON file, watched for changes
        or environment variables (Gateway__Nodes__a=http://a:5000), or appsettings.json beside the program.
        Every key is listed in docs/configuration.md.
        """;

    /// <returns>The process's exit code: 0, or 1 when the gateway could not start.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["--help" or "-h" or "help", ..]:
                Console.WriteLine(Help);
                return 0;
            case ["--version", ..]:
                Console.WriteLine(typeof(GatewayCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
                return 0;
            case ["healthcheck", .. var settings]:
                return await HealthCheck.RunAsync(settings);
            case ["check", .. var options]:
                return await CheckCommand.RunAsync(options, Console.Out, Console.Error);
        }

        try
        {
            await using var app = GatewayApp.Build(args, static builder => builder.AddWarmUp());
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
}
