using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Proxy.Configuration;

namespace Proxy.Hosting;

/// <summary>Tells errors that an operator can mend from those of the program.</summary>
internal static class StartError
{
    /// <summary>What an operator has to know, a line each; <see langword="null"/>: the program is at fault, and the stack trace is wanted.</summary>
    public static IReadOnlyList<string>? Describe(Exception exception) => exception switch
    {
        GatewayConfigurationException configuration => [.. configuration.Problems.Select(problem => problem.ToString())],
        InvalidDataException file => [file.InnerException is { } inner ? $"{file.Message} {inner.Message}" : file.Message],
        FileNotFoundException file => [file.Message],
        IOException { InnerException: AddressInUseException inUse } listener => [$"{listener.Message} {inUse.Message}"],
        SocketException socket => [$"A listener could not be opened: {socket.Message}."],

        // YARP refuses its own section in two wrappers.
        InvalidOperationException { InnerException: AggregateException yarp } => [.. yarp.InnerExceptions.Select(inner => inner.GetBaseException().Message)],
        _ => null,
    };
}
