using EventLoops;
using Microsoft.Extensions.Logging.Console;
using Proxy.Configuration;
using Proxy.Forwarding;

namespace Proxy;

/// <summary>Puts clients and nodes on event loops, where there are any.</summary>
internal static class EventLoopsExtensions
{
    /// <summary>Lines of the log that wait for the console at the most; .NET's default is 2,500, and then to wait.</summary>
    private const int MostLines = 65_536;

    /// <remarks>
    /// For the gateway as a program only: whatever follows a read runs on a loop, where it must not block, and nobody can promise that for an
    /// application of somebody else's. Linux only; everywhere else, and by <c>Tunnel: stream</c> or <c>yarp</c> at the start, sockets are .NET's own.
    /// </remarks>
    public static void AddEventLoops(this WebApplicationBuilder builder)
    {
        var isOff = GatewayOptionsReader.ReadUnchecked(builder.Configuration).Tunnel is TunnelKind.Stream or TunnelKind.Yarp;
        if (OperatingSystem.IsLinux() && !isOff)
        {
            builder.Services.AddEventLoopTransport();
            builder.Services.AddSingleton(NodeSockets.OnLoops);

            // A terminal or pipe that nobody reads must not stop a loop: lines are dropped then, and the logger says how many.
            builder.Services.Configure<ConsoleLoggerOptions>(static console => (console.QueueFullMode, console.MaxQueueLength) = (ConsoleLoggerQueueFullMode.DropWrite, MostLines));
        }
    }
}
