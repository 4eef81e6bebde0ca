using BenchmarkDotNet.Attributes;
using Proxy.Affinity;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Tests;

namespace Benchmarks;

/// <summary>Finding the owner costs the same among many nodes; only the choice for a new connection looks at each of them.</summary>
public class NodeCountBenchmarks
{
    private Cluster _cluster = null!;
    private HttpContext _tagged = null!;
    private HttpContext _badTag = null!;
    private HttpContext _cookie = null!;
    private HttpContext _new = null!;

    [Params(2, 20, 200)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _cluster = new Cluster(Nodes);
        _tagged = Http.Get($"/chat?id={_cluster.TaggedId(Nodes / 2)}");
        _badTag = Http.Get("/chat?id=abcdefghijklmnopqrstuv.g1AbCdEfGh-_0");
        _cookie = Http.Negotiate(("Cookie", _cluster.Cookie(Nodes / 2)));
        _new = Http.Negotiate();
    }

    [Benchmark]
    public object TagHit() => Decide(_tagged).Node!;

    [Benchmark]
    public RoutingOutcome TagMiss() => Decide(_badTag).Outcome;

    [Benchmark]
    public object CookieHit() => Decide(_cookie).Node!;

    [Benchmark]
    public object NewConnection() => Decide(_new).Node!;

    [Benchmark]
    public string MakeCookie() => _cluster.Snapshot.Cookies.Create(_cluster.Node(Nodes / 2), isHttps: true, default);

    private Decision Decide(HttpContext context) => _cluster.Decisions.Decide(context, RequestReader.Read(context), _cluster.Snapshot);
}
