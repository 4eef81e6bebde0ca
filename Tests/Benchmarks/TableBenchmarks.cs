using BenchmarkDotNet.Attributes;
using Proxy.Connections;
using Proxy.Requests;

namespace Benchmarks;

/// <summary>What runs over the whole table of connections: the sweep, once a second, and the search for connections to move, four times a second during a drain.</summary>
public class TableBenchmarks
{
    private Cluster _cluster = null!;
    private ConnectionMover _mover = null!;

    [Params(10_000, 100_000, 1_000_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _cluster = new Cluster(nodes: 20) { Connections = { Capacity = int.MaxValue } };
        _mover = new ConnectionMover(_cluster.Connections);
        for (var i = 0; i < Connections; i++)
        {
            _cluster.Connections.RequestStarted(key: null, _cluster.Node(i).State, ProtocolProfile.SignalR, Transport.WebSockets, client: null);
        }
    }

    [Benchmark]
    public void Sweep() => _cluster.Connections.Sweep();

    /// <summary>The turn of a drain at its default rate, 50 a second; each connection can be moved once.</summary>
    [Benchmark]
    public int MoveTwelve() => _mover.Move(_cluster.Node(0).State, most: 12);
}
