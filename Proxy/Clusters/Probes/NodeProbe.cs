using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Polly;
using Polly.Timeout;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Clusters.Probes;

/// <summary>Asks a node once whether it is alive.</summary>
internal sealed class NodeProbe
{
    /// <summary>A health answer is small; more is not read.</summary>
    private const int MaxReportBytes = 16 * 1024;

    private static readonly ResiliencePropertyKey<TimeSpan> Limit = new("probe-limit");

    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _limited;

    public NodeProbe(TimeProvider time)
    {
        _time = time;
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

    /// <summary>A failure in the words of the network, where it is one of the network.</summary>
    internal static string Describe(Exception exception) => exception.GetBaseException() is SocketException socket ? socket.Message : exception.Message;

    private Task<ProbeResult> AskAsync(GatewayNode node, HttpMessageInvoker client, HealthOptions options, CancellationToken cancellationToken) =>
        options.Probe switch
        {
            ProbeKind.Tcp => ConnectAsync(new Uri(node.Address), cancellationToken),
            ProbeKind.Signalr => SignalRProbe.RunAsync(new ProbedHub(node, client, options.Path ?? "/"), _time, cancellationToken),
            _ => GetAsync(node, client, options.Path, cancellationToken),
        };

    private static async Task<ProbeResult> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new DnsEndPoint(address.IdnHost, address.Port), cancellationToken);
        return default;
    }

    private async Task<ProbeResult> GetAsync(GatewayNode node, HttpMessageInvoker client, string? path, CancellationToken cancellationToken)
    {
        var protocol = node.Options.Protocol is NodeProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        using var request = new HttpRequestMessage(HttpMethod.Get, node.Address.TrimEnd('/') + "/" + (path ?? "").TrimStart('/'))
        {
            Version = protocol,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", ProbedHub.UserAgent);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        using var response = await client.SendAsync(request, cancellationToken);
        var status = (int)response.StatusCode;
        if (path is null ? status >= 500 : status is < 200 or > 299)
        {
            return new ProbeResult($"GET {path ?? "/"} answered {status}");
        }

        return new ProbeResult(null, await ReadReportAsync(response, cancellationToken));
    }

    private async Task<NodeReport?> ReadReportAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bootId = response.Headers.TryGetValues("X-Boot-Id", out var values) ? values.FirstOrDefault() : null;
        if (!string.Equals(response.Content.Headers.ContentType?.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            || response.Content.Headers.ContentLength is > MaxReportBytes)
        {
            return FromHeader(bootId);
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxReportBytes];
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Parse(ContentCodings.Decode(ContentCodings.Of(response.Content), buffer[..read], MaxReportBytes), bootId);
    }

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
