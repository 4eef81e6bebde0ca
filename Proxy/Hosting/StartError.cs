using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Proxy.Configuration;

namespace Proxy.Hosting;

/// <summary>Separates errors that an operator can correct from faults of the program.</summary>
internal static class StartError
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>What an operator has to know, a line each; <see langword="null"/> for a fault of the program, whose stack trace is needed.</summary>
    public static IReadOnlyList<string>? Describe(Exception exception) => exception switch
    {
        GatewayConfigurationException configuration => [.. configuration.Problems.Select(problem => problem.ToString())],
        InvalidDataException file => [file.InnerException is { } inner ? $"{file.Message} {inner.Message}" : file.Message],
        FileNotFoundException file => [file.Message],
        ListenException { InnerException: { } inner } listener => DescribeListener(listener.Where, inner),
        IOException { InnerException: AddressInUseException or AggregateException } listener => DescribeListener(where: null, listener),
        SocketException socket => DescribeListener(where: null, socket),
        InvalidOperationException { Source: Kestrel } kestrel => DescribeListener(where: null, kestrel),

        // YARP wraps the errors of its own section in two exceptions.
        InvalidOperationException { InnerException: AggregateException yarp } => [.. yarp.InnerExceptions.Select(inner => inner.GetBaseException().Message)],
        _ => null,
    };

    private static string[] DescribeListener(string? where, Exception exception)
    {
        var listener = where ?? "A listener";
        return exception switch
        {
            ListenException { InnerException: { } inner } named => DescribeListener(where ?? named.Where, inner),
            IOException { InnerException: AddressInUseException } inUse =>
                [$"{where ?? AddressOf(inUse.Message)} is in use: another program listens there. End that program, or choose another address."],
            AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
                [$"{listener} is in use: another program listens there. End that program, or choose another address."],
            SocketException { SocketErrorCode: SocketError.AccessDenied } =>
                [$"{listener} needs a permission that this program does not have. Choose a port above 1023, or allow the program lower ones "
                    + "(CAP_NET_BIND_SERVICE)."],
            SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
                [$"{listener} is not an address of this machine. Choose one that it has, or * for all of them."],
            IOException { InnerException: AggregateException all } => // localhost is two addresses
                [.. all.InnerExceptions.SelectMany(inner => DescribeListener(where, inner)).Distinct(StringComparer.Ordinal)],

            // Kestrel's advice in the lines that follow is for developers.
            InvalidOperationException { Source: Kestrel } kestrel
                when where is null && kestrel.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
                [$"{FirstLine(kestrel)} Kestrel:Certificates:Default, or Certificate of the endpoint, names one."],
            _ => [$"{listener} could not be opened: {FirstLine(exception).TrimEnd('.')}."],
        };
    }

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].TrimEnd();

    // "Failed to bind to address http://127.0.0.1:8080: address already in use."
    private static string AddressOf(string message)
    {
        var start = message.IndexOf("http", StringComparison.Ordinal);
        var end = message.LastIndexOf(": ", StringComparison.Ordinal);
        return start < 0 || end <= start ? "A listener" : message[start..end];
    }
}
