using System.Text;
using Proxy.Connections;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Benchmarks;

/// <summary>What an entry of the table of connections keeps in memory, its place in the table and the client's address included.</summary>
internal static class TableMemory
{
    private const int Entries = 100_000;

    public static void Print()
    {
        Console.WriteLine("| entry | bytes |");
        Console.WriteLine("|---|---|");
        Console.WriteLine($"| learned id, not used yet | {Measure((cluster, i) => Learn(cluster, i))} |");
        Console.WriteLine($"| learned id, connected | {Measure((cluster, i) =>
        {
            Learn(cluster, i);
            Start(cluster, cluster.Connections.Hasher.HashQueryValue(Cluster.LearnedId(i)), i);
        })} |");
        Console.WriteLine($"| tagged id or none, connected | {Measure((cluster, i) => Start(cluster, key: null, i))} |");
    }

    private static void Learn(Cluster cluster, int i) =>
        cluster.Connections.Bind(Encoding.UTF8.GetBytes(Cluster.LearnedId(i)), cluster.Node(i).State, SignalRProtocol.Instance, learned: true, Client(i));

    private static void Start(Cluster cluster, IdKey? key, int i) =>
        cluster.Connections.RequestStarted(key, cluster.Node(i).State, SignalRProtocol.Instance, Transport.WebSockets, Client(i));

    private static string Client(int i) => $"203.0.{(i >> 8) & 255}.{i & 255}";

    private static long Measure(Action<Cluster, int> add)
    {
        var cluster = new Cluster(nodes: 2);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Entries; i++)
        {
            add(cluster, i);
        }

        cluster.Connections.Sweep();
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(cluster);
        return grown / Entries;
    }
}
