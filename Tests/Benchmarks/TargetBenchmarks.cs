using BenchmarkDotNet.Attributes;
using Proxy.Affinity;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Tests;
using Yarp.ReverseProxy.Transforms;

namespace Benchmarks;

/// <summary>Step 4: the address that the node gets. Cutting out the tag costs no string of its own.</summary>
public class TargetBenchmarks
{
    private readonly Cluster _cluster = new(nodes: 2);
    private readonly RequestTransformContext _tagged;
    private readonly RequestTransformContext _plain;

    public TargetBenchmarks()
    {
        _tagged = Create($"/chat?access_token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln&id={_cluster.TaggedId(1)}&_=1700000000000");
        _plain = Create("/chat?access_token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln&id=abcdefghijklmnopqrstuv&_=1700000000000");
    }

    [Benchmark(Baseline = true)]
    public Task<Uri?> WithoutTag() => ApplyAsync(_plain);

    [Benchmark]
    public Task<Uri?> WithTag() => ApplyAsync(_tagged);

    private static async Task<Uri?> ApplyAsync(RequestTransformContext context)
    {
        context.ProxyRequest.RequestUri = null;
        await RequestSteps.Apply(context);
        return context.ProxyRequest.RequestUri;
    }

    private RequestTransformContext Create(string target)
    {
        var http = Http.Get(target);
        var request = RequestReader.Read(http);
        var decision = new Decision(request.HasTag ? RoutingOutcome.Tag : RoutingOutcome.Store, _cluster.Node(1));
        http.Features.Set(new RoutedRequest(request, _cluster.Snapshot, decision, isTrustedPeer: false));
        return new RequestTransformContext
        {
            HttpContext = http,
            ProxyRequest = new HttpRequestMessage(),
            Path = http.Request.Path,
            Query = new QueryTransformContext(http.Request),
            DestinationPrefix = _cluster.Node(1).Address,
        };
    }
}
