using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Proxy.Configuration;

namespace Proxy.Hosting;

/// <summary>Separates errors that an operator can correct from faults of the program.</summary>
internal static class StartError
{
    /// <summary>What an operator has to know, a line each; <see langword="null"/> for a fault of the program, whose stack trace is needed.</summary>
    public static IReadOnlyList<string>? Describe(Exception exception) => exception switch
    {
        GatewayConfigurationException configuration => [.. configuration.Problems.Select(problem => problem.ToString())],
        InvalidDataException file => [file.InnerException is { } inner ? $"{file.Message} {inner.Message}" : file.Message],
        FileNotFoundException file => [file.Message],
        IOException { InnerException: AddressInUseException inUse } listener => [$"{listener.Message} {inUse.Message}"],
        SocketException socket => [$"A listener could not be opened: {socket.Message}."],

        // YARP wraps the errors of its own section in two exceptions.
        InvalidOperationException { InnerException: AggregateException yarp } => [.. yarp.InnerExceptions.Select(inner => inner.GetBaseException().Message)],
        _ => null,
    };
}
