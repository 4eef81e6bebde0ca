using System.Net;
using System.Net.Http.Headers;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Clusters.Probes;

/// <summary>A hub of one node, as a probe reaches it: by the cluster's own client, so with the TLS and proxy settings of a request.</summary>
/// <param name="node">The node.</param>
/// <param name="client">The cluster's client.</param>
/// <param name="hub">The hub's path; a query behind it goes with every request.</param>
internal sealed class ProbedHub(GatewayNode node, HttpMessageInvoker client, string hub)
{
    /// <summary>What probes call themselves.</summary>
    public const string UserAgent = "sticky-signalr-gateway/health";

    private const int MaxAnswerBytes = 64 * 1024;

    private readonly string _path = hub.Split('?', 2)[0].TrimEnd('/');
    private readonly string _query = hub.Contains('?') ? hub[hub.IndexOf('?')..] + "&" : "?";

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
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return client.SendAsync(request, cancellationToken);
    }

    /// <summary>Reads an answer that ends, whatever its content coding.</summary>
    /// <returns>Empty for what cannot be read, or is longer than such answers are.</returns>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        ContentCodings.Decode(ContentCodings.Of(answer.Content), await answer.Content.ReadAsByteArrayAsync(cancellationToken), MaxAnswerBytes) ?? [];

    private string Url(string suffix, string parameters) => node.Address.TrimEnd('/') + _path + suffix + _query + parameters;
}
