using System.Net;
using Proxy.Configuration;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Affinity;

/// <summary>YARP's request settings by transport, built once for each snapshot.</summary>
internal sealed class TransportTimeouts(TimeoutOptions options)
{
    private readonly ForwarderRequestConfig _http = Create(options.Http);
    private readonly ForwarderRequestConfig _longPoll = Create(options.LongPoll);

    // An event stream lasts as long as it likes; EventStreamRelay limits its silence.
    private readonly ForwarderRequestConfig _stream = Create(TimeSpan.FromMilliseconds(int.MaxValue));
    private readonly ForwarderRequestConfig _webSocket = Create(options.WebSocket);

    /// <summary>Settings for one request.</summary>
    /// <param name="configured">What the cluster says of the protocol; its time limit is replaced, since it knows nothing of transports.</param>
    /// <param name="protocol">What the node says of the protocol; <c>http2</c> beats the cluster.</param>
    /// <param name="transport">The request's transport.</param>
    public ForwarderRequestConfig For(ForwarderRequestConfig configured, NodeProtocol protocol, Transport transport)
    {
        var chosen = transport switch
        {
            Transport.WebSockets => _webSocket,
            Transport.ServerSentEvents => _stream,
            Transport.LongPolling => _longPoll,
            _ => _http,
        };

        if (protocol is NodeProtocol.Http2)
        {
            return chosen with { Version = HttpVersion.Version20 };
        }

        return configured.Version == chosen.Version && configured.VersionPolicy == chosen.VersionPolicy
            ? chosen
            : configured with { ActivityTimeout = chosen.ActivityTimeout, AllowResponseBuffering = false };
    }

    private static ForwarderRequestConfig Create(TimeSpan timeout) => new()
    {
        ActivityTimeout = timeout,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        AllowResponseBuffering = false,
    };
}
