using BenchmarkDotNet.Attributes;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Tests;

namespace Benchmarks;

/// <summary>Learned ids cost the same however many there are. The ids asked for are spread over the table, as those of real clients are.</summary>
public class EntryCountBenchmarks
{
    private const int Asked = 1024; // a power of two

    private readonly HttpContext[] _known = new HttpContext[Asked];
    private Cluster _cluster = null!;
    private HttpContext _unknown = null!;
    private HttpContext _tagged = null!;
    private int _next;

    [Params(1_000, 10_000, 100_000, 1_000_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _cluster = new Cluster(nodes: 20, Entries);
        for (var i = 0; i < Asked; i++)
        {
            _known[i] = Http.Get($"/chat?id={Cluster.LearnedId((int)((long)i * Entries / Asked))}");
        }

        _unknown = Http.Get("/chat?id=abcdefghijklmnopqrstuv");
        _tagged = Http.Get($"/chat?id={_cluster.TaggedId(10)}");
    }

    [Benchmark]
    public RoutingOutcome StoreHit() => Decide(_known[_next++ & (Asked - 1)]);

    [Benchmark]
    public RoutingOutcome Unknown() => Decide(_unknown);

    [Benchmark]
    public RoutingOutcome TagHit() => Decide(_tagged);

    private RoutingOutcome Decide(HttpContext context) => _cluster.Decisions.Decide(context, RequestReader.Read(context), _cluster.Snapshot).Outcome;
}
