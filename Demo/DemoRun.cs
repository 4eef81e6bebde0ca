using System.Net.Sockets;
using System.Text;
using HubNode;
using Proxy;
using Proxy.Configuration;

namespace Demo;

/// <summary>The gateway and two hub nodes behind it, in one process.</summary>
internal static class DemoRun
{
    private static readonly string[] NodeNames = ["a", "b"];

    /// <summary>Runs until Ctrl-C or SIGTERM.</summary>
    /// <param name="args">Options of the gateway; they win over the demo's own.</param>
    /// <param name="output">Gets the addresses to open, then a line for each connection that opens or closes.</param>
    /// <param name="errors">Gets the reason why the demo could not start.</param>
    /// <returns>The exit code: 0, or 1 when it could not start.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var board = new ConnectionBoard(output, TimeProvider.System);
        var nodes = new List<WebApplication>();
        try
        {
            foreach (var name in NodeNames)
            {
                var node = HubNodeApp.Build(["--name", name, "--urls", "http://127.0.0.1:0"], PrepareNode);
                nodes.Add(node);
                board.Watch(node.Services.GetRequiredService<NodeState>());
                await node.StartAsync();
            }

            return await RunGatewayAsync(args, nodes, output, errors);
        }
        finally
        {
            await Task.WhenAll(nodes.Select(node => node.StopAsync()));
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    private static async Task<int> RunGatewayAsync(string[] args, List<WebApplication> nodes, TextWriter output, TextWriter errors)
    {
        try
        {
            await using var gateway = GatewayApp.Build([.. GatewayArguments(nodes), .. args], PrepareGateway);
            await gateway.StartAsync();
            await output.WriteLineAsync(Welcome(gateway, nodes));
            await gateway.WaitForShutdownAsync(); // It stops the gateway, too; the nodes follow.
            return 0;
        }
        catch (Exception exception) when (exception is IOException or SocketException or GatewayConfigurationException)
        {
            await errors.WriteLineAsync($"The demo could not start: {exception.Message}\n"
                + "Other addresses: dotnet run --project Demo -- --urls http://127.0.0.1:0 --Gateway:Admin:Url=http://127.0.0.1:0");
            return 1;
        }
    }

    private static IEnumerable<string> GatewayArguments(List<WebApplication> nodes)
    {
        yield return "--urls=http://127.0.0.1:8080";
        yield return $"--Gateway:Health:Path={HubNodeApp.HealthPath}"; // The answers of this path report the load.
        yield return "--Gateway:Scale:ShutdownTimeout=00:00:02"; // A demo should end soon.
        foreach (var (name, node) in NodeNames.Zip(nodes))
        {
            yield return $"--Gateway:Nodes:{name}={node.Urls.First()}";
        }
    }

    private static void PrepareNode(WebApplicationBuilder builder)
    {
        Quiet(builder);
        builder.Services.AddSingleton<IHostLifetime, NodeLifetime>();
    }

    private static void PrepareGateway(WebApplicationBuilder builder)
    {
        Quiet(builder);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3)); // The two seconds of the drain, and one for the rest.
    }

    private static void Quiet(WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter(null, LogLevel.Warning);

        // These two categories log a failure to start with its stack trace; the demo prints a message instead.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None);
    }

    private static string Welcome(WebApplication gateway, List<WebApplication> nodes)
    {
        var address = gateway.Urls.First().TrimEnd('/');
        var admin = gateway.Configuration["Gateway:Admin:Url"] ?? "http://127.0.0.1:8081";
        var text = new StringBuilder().AppendLine().AppendLine($"Gateway  {address}");
        foreach (var (name, node) in NodeNames.Zip(nodes))
        {
            text.AppendLine($"Node {name}   {node.Urls.First()}");
        }

        text.AppendLine().AppendLine($"Open     {address}/   the chat page, in two windows; the hub is {address}{HubNodeApp.HubPath}");

        // An empty address switches the listener off; a port that the system chose stands in the gateway's log alone.
        if (Uri.TryCreate(admin, UriKind.Absolute, out var url) && url.Port != 0)
        {
            text.AppendLine($"         {admin.TrimEnd('/')}/   the dashboard: what the gateway knows and does");
        }

        return text.AppendLine("Stop     Ctrl-C").ToString();
    }
}
