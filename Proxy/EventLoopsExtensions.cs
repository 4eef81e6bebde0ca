using EventLoops;
using Microsoft.Extensions.Logging.Console;
using Proxy.Configuration;
using Proxy.Forwarding;

namespace Proxy;

/// <summary>Registers the event loops for the connections of clients and nodes.</summary>
internal static class EventLoopsExtensions
{
    /// <summary>Lines of the log that may wait for the console. By default .NET keeps 2,500, and blocks the thread that logs one more.</summary>
    private const int MaxQueuedLines = 65_536;

    /// <summary>Puts the connections of clients and nodes on event loops, on Linux and unless <c>Gateway:Tunnel</c> is <c>stream</c> or <c>yarp</c>.</summary>
    /// <remarks>
    /// This is for the gateway as a program only: the code after a read runs on a loop, where it must not block, and the gateway cannot know that about the
    /// code of an application that embeds it.
    /// </remarks>
    public static void AddEventLoops(this WebApplicationBuilder builder)
    {
        var isOff = GatewayOptionsReader.ReadUnchecked(builder.Configuration).Tunnel is TunnelKind.Stream or TunnelKind.Yarp;
        if (OperatingSystem.IsLinux() && !isOff)
        {
            builder.Services.AddEventLoopTransport();
            builder.Services.AddSingleton(NodeSockets.OnLoops);

            // A terminal or pipe that is not read must not block a loop. Lines are dropped then, and the logger writes how many.
            builder.Services.Configure<ConsoleLoggerOptions>(static console =>
            {
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
                console.MaxQueueLength = MaxQueuedLines;
            });
        }
    }
}
