using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoadTests.Connections;

/// <summary>Connects to SignalR hubs over HTTP: negotiate, then WebSockets, server-sent events or long polling.</summary>
/// <remarks>
/// Sends what official clients send, request by request, and shows in <see cref="HttpTransportOptions.Trace"/> what was answered. The steps of a connect:
/// 1. ask for the access token; 2. negotiate, following redirects; 3. start the server's first transport that is allowed;
/// 4. if it does not start, negotiate anew and start the next.
/// </remarks>
public sealed class HttpConnectionFactory : IConnectionFactory, IDisposable
{
    private readonly HttpTransportOptions _options;
    private readonly TransferFormat _format;
    private readonly ILogger _logger;
    private readonly HubHttpClient _http;
    private readonly Negotiator _negotiator;

    /// <summary>Makes a factory for one client; its TCP connections are shared by nothing else unless the options say so.</summary>
    /// <param name="options">Not to be changed from here on.</param>
    /// <param name="protocolFormat">What the hub protocol needs; used when the options say nothing.</param>
    /// <param name="loggerFactory">For debug messages.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public HttpConnectionFactory(HttpTransportOptions options, TransferFormat? protocolFormat = null, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.SkipNegotiation && options.Transport != HttpTransportType.WebSockets)
        {
            throw new ArgumentException(
                $"SkipNegotiation needs Transport to be WebSockets alone, and it is {options.Transport}: other transports need an id.", nameof(options));
        }

        _options = options;
        _format = options.TransferFormat ?? protocolFormat ?? TransferFormat.Text;
        _logger = loggerFactory?.CreateLogger<HttpConnectionFactory>() ?? NullLogger<HttpConnectionFactory>.Instance;
        _http = new HubHttpClient(options);
        _negotiator = new Negotiator(_http, options);
    }

    /// <inheritdoc />
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var hub = _options.Url ?? (endpoint as UriEndPoint)?.Uri
            ?? throw new ArgumentException("The options have no Url, so the end point must be a UriEndPoint.", nameof(endpoint));
        var accessToken = _options.AccessTokenProvider is { } provider ? await provider() : null; // 1.
        if (_options.SkipNegotiation)
        {
            var identity = new ConnectionIdentity(hub, ConnectionId: null, Token: null, accessToken);
            return await StartAsync(HttpTransportType.WebSockets, identity, resumable: false, cancellationToken);
        }

        var negotiation = await _negotiator.NegotiateAsync(hub, accessToken, cancellationToken); // 2.
        return await StartFirstAsync(negotiation, cancellationToken);
    }

    /// <summary>Closes idle TCP connections; connections that were made must have ended.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<HttpConnection> StartFirstAsync(Negotiation negotiation, CancellationToken cancellationToken)
    {
        var refusals = new List<Exception>();
        foreach (var transport in Allowed(negotiation.Response))
        {
            if (refusals.Count > 0)
            {
                negotiation = await _negotiator.NegotiateAsync(negotiation.HubUrl, negotiation.AccessToken, cancellationToken); // 4.
            }

            try
            {
                var resumable = negotiation.Response.UseStatefulReconnect && transport == HttpTransportType.WebSockets;
                return await StartAsync(transport, negotiation.Identity, resumable, cancellationToken); // 3.
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                HttpConnectionLog.TransportRefused(_logger, transport.ToString(), error);
                refusals.Add(error);
            }
        }

        throw refusals.Count switch
        {
            0 => new InvalidOperationException($"The server offers none of the allowed transports ({_options.Transport}) for {_format} messages."),
            1 => new InvalidOperationException($"The server offers a transport that does not start: {refusals[0].Message}", refusals[0]),
            _ => new AggregateException("None of the transports that the server offers starts.", refusals),
        };
    }

    private IEnumerable<HttpTransportType> Allowed(NegotiationResponse response)
    {
        foreach (var offer in response.AvailableTransports ?? [])
        {
            if (Enum.TryParse<HttpTransportType>(offer.Transport, ignoreCase: true, out var transport)
                && transport is HttpTransportType.WebSockets or HttpTransportType.ServerSentEvents or HttpTransportType.LongPolling
                && _options.Transport.HasFlag(transport)
                && offer.TransferFormats?.Contains(_format.ToString(), StringComparer.OrdinalIgnoreCase) == true)
            {
                yield return transport;
            }
        }
    }

    private async Task<HttpConnection> StartAsync(HttpTransportType type, ConnectionIdentity identity, bool resumable, CancellationToken cancellationToken)
    {
        var transport = await DialAsync(type, identity, resumable, cancellationToken);
        HttpConnectionLog.Established(_logger, identity.ConnectionId, type.ToString());
        _options.Trace.Connected(identity);
        return new HttpConnection(identity, transport, DialAgainAsync, resumable, _logger);

        async Task<HttpTransport> DialAgainAsync(CancellationToken abort)
        {
            var again = await DialAsync(type, identity, resumable, abort);
            _options.Trace.Resumed();
            return again;
        }
    }

    private async Task<HttpTransport> DialAsync(HttpTransportType type, ConnectionIdentity identity, bool resumable, CancellationToken cancellationToken)
    {
        HttpTransport transport = type switch
        {
            HttpTransportType.WebSockets => new WebSocketTransport(_http, _options, identity, _format, resumable),
            HttpTransportType.ServerSentEvents => new ServerSentEventsTransport(_http, _options, identity),
            HttpTransportType.LongPolling => new LongPollingTransport(_http, _options, identity),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not one transport."),
        };
        try
        {
            await transport.ConnectAsync(cancellationToken);
            return transport;
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }
}
