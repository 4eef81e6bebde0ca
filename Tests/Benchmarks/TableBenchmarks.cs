using BenchmarkDotNet.Attributes;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Benchmarks;

/// <summary>What runs over the whole table of connections: the sweep, once a second, which passes by what is open, and the search for connections to
/// move.</summary>
public class TableBenchmarks
{
    private Cluster _cluster = null!;
    private ConnectionMover _mover = null!;
    private NodeState _drained = null!;

    [Params(10_000, 100_000, 1_000_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _cluster = new Cluster(nodes: 20) { Connections = { Capacity = int.MaxValue } };
        _mover = new ConnectionMover(_cluster.Connections);
        _drained = _cluster.Node(0).State;
        for (var i = 0; i < Connections; i++)
        {
            _cluster.Connections.RequestStarted(key: null, _cluster.Node(i).State, SignalRProtocol.Instance, Transport.WebSockets, client: null);
        }
    }

    [Benchmark]
    public void Sweep() => _cluster.Connections.Sweep();

    /// <summary>The search of a drain; it serves for the next 1,024 connections of the node that are moved, at the default rate for twenty seconds.</summary>
    [Benchmark]
    public int ChooseForMove() => _mover.Choose(connection => ReferenceEquals(connection.State, _drained), most: 1024).Count;
}
