using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Polly;
using Polly.Timeout;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Requests;

namespace Proxy.Clusters.Probes;

/// <summary>Asks a node once whether it is alive.</summary>
internal sealed class NodeProbe
{
    /// <summary>A health answer is small; more is not read.</summary>
    private const int MaxReportBytes = 16 * 1024;

    private static readonly ResiliencePropertyKey<TimeSpan> Limit = new("probe-limit");

    private readonly TimeProvider _time;
    private readonly MisaddressedNode _misaddressed;
    private readonly ResiliencePipeline _limited;

    public NodeProbe(TimeProvider time)
    {
        _time = time;
        _misaddressed = new MisaddressedNode(time);
        _limited = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = static arguments => new(arguments.Context.Properties.GetValue(Limit, TimeSpan.FromSeconds(1)))
            })
            .Build();
    }

    /// <summary>Probes a node; never throws but when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="node">The node.</param>
    /// <param name="client">The cluster's client, so that a probe meets the same TLS and proxy settings as a request.</param>
    /// <param name="options">Kind, path and time limit.</param>
    /// <param name="cancellationToken">Ends the probe without a verdict.</param>
    public async Task<ProbeResult> RunAsync(GatewayNode node, HttpMessageInvoker client, HealthOptions options, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Limit, options.Timeout);
        try
        {
            var result = await _limited.ExecuteAsync(
                static async (context, probe) => await probe.Self.AskAsync(probe.Node, probe.Client, probe.Options, context.CancellationToken),
                context,
                (Self: this, Node: node, Client: client, Options: options));
            cancellationToken.ThrowIfCancellationRequested();
            return result;
        }
        catch (TimeoutRejectedException)
        {
            return new ProbeResult($"no answer within {options.Timeout.TotalSeconds:0.###} s", TimedOut: true);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or UriFormatException)
        {
            return new ProbeResult(Describe(e));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>A failure in the words of the network, or of TLS, where it is one of these.</summary>
    internal static string Describe(Exception exception) => NodeTlsException.Find(exception)?.Message ?? exception.GetBaseException() switch
    {
        SocketException socket => socket.Message,
        var cause when exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => $"TLS: {cause.Message}",
        _ => exception.Message,
    };

    private Task<ProbeResult> AskAsync(GatewayNode node, HttpMessageInvoker client, HealthOptions options, CancellationToken cancellationToken) =>
        options.Probe switch
        {
            ProbeKind.Tcp => ConnectAsync(new Uri(node.Address), cancellationToken),
            ProbeKind.Signalr => SignalRProbe.RunAsync(new ProbedHub(node, client, options, _misaddressed), _time, cancellationToken),
            _ => GetAsync(node, client, options, cancellationToken),
        };

    private static async Task<ProbeResult> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new DnsEndPoint(address.IdnHost, address.Port), cancellationToken);
        return default;
    }

    private async Task<ProbeResult> GetAsync(GatewayNode node, HttpMessageInvoker client, HealthOptions options, CancellationToken cancellationToken)
    {
        var path = options.Path;
        var protocol = node.Options.Protocol is NodeProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        using var request = new HttpRequestMessage(HttpMethod.Get, node.Address.TrimEnd('/') + "/" + (path ?? "").TrimStart('/'))
        {
            Version = protocol,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        ProbeFields.Write(node, options, request);
        using var response = await _misaddressed.SendAsync(node, client, request, cancellationToken);
        var status = (int)response.StatusCode;
        if (status is StatusCodes.Status400BadRequest && node.Tls is null && !IsJson(response)
            && await _misaddressed.AsksForTlsAsync(node, response, cancellationToken))
        {
            return new ProbeResult(MisaddressedNode.SpeaksTls);
        }

        if (!IsAlive(status, options))
        {
            return new ProbeResult($"GET {path ?? "/"} answered {status}" + (response.Headers.Location is not null ? ", a redirect" : ""));
        }

        return new ProbeResult(null, await ReadReportAsync(response, cancellationToken));
    }

    private static bool IsAlive(int status, HealthOptions options) =>
        options.Statuses is { } text && StatusList.TryParse(text, out var statuses) ? statuses.Contains(status)
        : options.Path is null ? status < 500
        : status is >= 200 and <= 299;

    private async Task<NodeReport?> ReadReportAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bootId = response.Headers.TryGetValues("X-Boot-Id", out var values) ? values.FirstOrDefault() : null;
        if (!IsJson(response) || response.Content.Headers.ContentLength is > MaxReportBytes)
        {
            return FromHeader(bootId);
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxReportBytes];
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Parse(ContentCodings.Decode(ContentCodings.Of(response.Content), buffer[..read], MaxReportBytes), bootId);
    }

    private static bool IsJson(HttpResponseMessage response) =>
        string.Equals(response.Content.Headers.ContentType?.MediaType, "application/json", StringComparison.OrdinalIgnoreCase);

    private NodeReport? FromHeader(string? bootId) => bootId is null ? null : new NodeReport(null, null, bootId, Draining: false, _time.GetTimestamp());

    /// <summary>Reads a report; what is not a JSON object with the documented members says nothing beside the boot id of the header.</summary>
    internal NodeReport? Parse(ReadOnlySpan<byte> json, string? bootId)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
            {
                return FromHeader(bootId);
            }

            return new NodeReport(
                Number(root, "clientConnectionCount"),
                Number(root, "connectionCapacity"),
                Text(root, "bootId") ?? bootId,
                root.TryGetProperty("draining", out var draining) && draining.ValueKind is JsonValueKind.True,
                _time.GetTimestamp());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return FromHeader(bootId);
        }
    }

    private static string? Text(JsonElement root, string name)
    {
        try
        {
            return root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // bytes that are not UTF-8, or half a surrogate pair
        }
    }

    private static int? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number : null;
}
