using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Clusters.Probes;

/// <summary>A hub of one node, as a probe reaches it: by the client of requests to the node, so with their TLS and proxy settings.</summary>
/// <param name="node">The node.</param>
/// <param name="client">The node's client.</param>
/// <param name="options">The hub's path, a query behind which goes with every request, and the fields that a probe sends.</param>
/// <param name="misaddressed">Recognises a node whose address has the wrong scheme.</param>
internal sealed class ProbedHub(GatewayNode node, HttpMessageInvoker client, HealthOptions options, MisaddressedNode misaddressed)
{
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly string _path = PathOf(options).Split('?', 2)[0].TrimEnd('/');
    private readonly string _query = PathOf(options).Contains('?') ? PathOf(options)[PathOf(options).IndexOf('?')..] + "&" : "?";

    public HttpMessageInvoker Client => client;

    /// <summary>What is spoken to the node.</summary>
    public Version Version { get; } = node.Options.Protocol is NodeProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;

    public string NegotiateUrl => Url("/negotiate", "negotiateVersion=1");

    /// <summary>Where the requests of a connection go.</summary>
    /// <param name="id">As the hub gave it; sent as it is, which is what SignalR's clients do.</param>
    public string ConnectionUrl(string id) => Url("", "id=" + id);

    /// <summary>Sends a request; returns with the answer's head.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, ReadOnlyMemory<byte> body, string? accept, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, url)
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = method == HttpMethod.Post ? new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } } : null,
        };
        ProbeFields.Write(node, options, request);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return misaddressed.SendAsync(node, client, request, cancellationToken);
    }

    /// <summary>Reads an answer that ends, whatever its content coding.</summary>
    /// <returns>Empty for what cannot be read, or is longer than such answers are.</returns>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        ContentCodings.Decode(ContentCodings.Of(answer.Content), await answer.Content.ReadAsByteArrayAsync(cancellationToken), MaxAnswerBytes) ?? [];

    /// <summary>Writes the fields of a WebSocket's handshake.</summary>
    public void WriteFields(ClientWebSocketOptions handshake) => ProbeFields.Write(node, options, handshake);

    private static string PathOf(HealthOptions options) => options.Path ?? "/";

    private string Url(string suffix, string parameters) => node.Address.TrimEnd('/') + _path + suffix + _query + parameters;
}
