using BenchmarkDotNet.Attributes;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Tests;

namespace Benchmarks;

/// <summary>Steps 1 to 3 as the pipeline calls them, for each kind of request.</summary>
public class DecisionBenchmarks
{
    private readonly Cluster _cluster = new(nodes: 2);
    private readonly HttpContext _negotiate = Http.Negotiate();
    private readonly HttpContext _webSocketWithoutId = Http.WebSocket("/chat");
    private readonly HttpContext _plain = Http.Get("/products?page=2&sort=name");
    private readonly HttpContext _withCookie;
    private readonly HttpContext _webSocket;
    private readonly HttpContext _poll;
    private readonly HttpContext _preflight;

    public DecisionBenchmarks()
    {
        var id = _cluster.TaggedId(node: 1);
        _withCookie = Http.Negotiate(("Cookie", _cluster.Cookie(node: 1)));
        _webSocket = Http.WebSocket($"/chat?id={id}");
        _poll = Http.Get($"/chat?id={id}&_=1700000000000");
        _preflight = Http.Preflight($"/chat?id={id}");
    }

    [Benchmark]
    public GatewayNode? Negotiate() => Decide(_negotiate);

    [Benchmark]
    public GatewayNode? NegotiateWithCookie() => Decide(_withCookie);

    [Benchmark]
    public GatewayNode? TaggedWebSocket() => Decide(_webSocket);

    [Benchmark]
    public GatewayNode? WebSocketWithoutId() => Decide(_webSocketWithoutId);

    [Benchmark]
    public GatewayNode? LongPoll() => Decide(_poll);

    [Benchmark]
    public GatewayNode? Preflight() => Decide(_preflight);

    [Benchmark]
    public GatewayNode? PlainRequest() => Decide(_plain);

    private GatewayNode? Decide(HttpContext context) => _cluster.Decisions.Decide(context, RequestReader.Read(context), _cluster.Snapshot).Node;
}
