using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Affinity;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Proxy.Tests;

namespace Benchmarks;

/// <summary>Step 5: what the answer to a negotiate costs: reading it, tagging its token or learning its id.</summary>
public class BindBenchmarks
{
    private const string Transports = """
        "availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]},{"transport":"ServerSentEvents","transferFormats":["Text"]},{"transport":"LongPolling","transferFormats":["Text","Binary"]}]
        """;

    private static readonly byte[] Version1 = Encoding.UTF8.GetBytes(
        $$"""{"negotiateVersion":1,"connectionId":"abcdefghijklmnopqrstuv","connectionToken":"ABCDEFGHIJKLMNOPQRSTUV",{{Transports}}}""");

    private static readonly byte[] Version0 = Encoding.UTF8.GetBytes($$"""{"connectionId":"abcdefghijklmnopqrstuv",{{Transports}}}""");

    private readonly Cluster _cluster = new(nodes: 2);
    private readonly NegotiateBinder _binder;
    private readonly RoutedRequest _routed;

    public BindBenchmarks()
    {
        _binder = new NegotiateBinder(_cluster.Connections, _cluster.Hubs, TimeProvider.System, NullLogger<NegotiateBinder>.Instance);
        _routed = new RoutedRequest(
            RequestReader.Read(Http.Negotiate()), _cluster.Snapshot, new Decision(RoutingOutcome.Router, _cluster.Node(1)), isTrustedPeer: false);
    }

    [Benchmark]
    public int ReadAnswer() => SignalRProtocol.Instance.ReadAnswer(Version1).TagPosition;

    [Benchmark]
    public async Task<bool> Tag() => (await BindAsync(Version1)).IsRewritten;

    [Benchmark]
    public async Task<bool> Learn() => (await BindAsync(Version0)).IsRewritten;

    private ValueTask<BoundAnswer> BindAsync(byte[] body)
    {
        var answer = new HttpResponseMessage { Content = new ByteArrayContent(body) };
        answer.Content.Headers.ContentType = new("application/json");
        return _binder.BindAsync(answer, _routed, client: null, CancellationToken.None);
    }
}
