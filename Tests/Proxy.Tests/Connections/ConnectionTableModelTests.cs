using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Connections;

/// <summary>Random histories: after every step the counters of every node are those of a naive model, and in the end all of them are zero.</summary>
public sealed class ConnectionTableModelTests
{
    private const int Ids = 6;
    private const int Capacity = 4;

    private static readonly string[] Names = ["a", "b", "c"];

    private enum Act
    {
        Bind,
        Start,
        StartAnonymous,
        End,
        EndGone,
        Sweep,
        Advance,
        Forget,
    }

    [Property(MaxTest = 1500, EndSize = 200)]
    public Property Counters_AnyHistory_EqualTheModel() => Prop.ForAll(Gen.ListOf(Steps()).ToArbitrary(), steps => Run([.. steps]));

    private static Gen<Step> Steps() =>
        from act in Gen.Frequency(
            (6, Gen.Constant(Act.Bind)), (8, Gen.Constant(Act.Start)), (2, Gen.Constant(Act.StartAnonymous)), (6, Gen.Constant(Act.End)),
            (2, Gen.Constant(Act.EndGone)), (3, Gen.Constant(Act.Sweep)), (5, Gen.Constant(Act.Advance)), (1, Gen.Constant(Act.Forget)))
        from id in Gen.Choose(0, Ids - 1)
        from node in Gen.Choose(0, Names.Length - 1)
        from protocol in Gen.Elements<ClientProtocol>(ClientProtocols.Default.All)
        from transport in Gen.Elements(Enum.GetValues<Transport>())
        from learned in Gen.Elements(true, false)
        from number in Gen.Choose(0, 50)
        select new Step(act, id, node, protocol, transport, learned, number);

    private static void Run(Step[] steps)
    {
        var cluster = new TestCluster(Names);
        var nodes = Names.Select(name => cluster[name].State).ToArray();
        var table = cluster.Connections;
        table.Capacity = Capacity;
        var model = new Model();
        var open = new List<(Connection? Connection, Entry? Entry, Transport Transport)>();
        foreach (var step in steps)
        {
            Take(step, cluster, nodes, model, open);
            AssertEqual(table, nodes, model);
        }

        foreach (var (connection, entry, transport) in open)
        {
            End(table, model, connection, entry, transport, isGone: false);
        }

        cluster.Time.Advance(TimeSpan.FromMinutes(10));
        model.Now += 600_000;
        table.Sweep();
        model.Sweep();
        AssertEqual(table, nodes, model);
        Assert.Equal(0, table.Count);
        Assert.All(nodes, node => Assert.Equal((0, 0), (node.Connections.Known, node.Connections.Total)));
    }

    private static void Take(
        Step step, TestCluster cluster, NodeState[] nodes, Model model, List<(Connection? Connection, Entry? Entry, Transport Transport)> open)
    {
        var table = cluster.Connections;
        switch (step.Act)
        {
            case Act.Bind:
                Assert.Equal(
                    model.Bind(step.Id, step.Node, step.Protocol, step.Learned),
                    table.Bind(Encoding.UTF8.GetBytes($"{step.Id}"), nodes[step.Node], step.Protocol, step.Learned, client: null));
                break;
            case Act.Start or Act.StartAnonymous:
                var transport = step.Act is Act.StartAnonymous && step.Transport is Transport.Unknown ? Transport.WebSockets : step.Transport;
                IdKey? key = step.Act is Act.Start ? table.Hasher.HashQueryValue($"{step.Id}") : null;
                var connection = table.RequestStarted(key, nodes[step.Node], step.Protocol, transport, client: null);
                var entry = model.Start(step.Act is Act.Start ? step.Id : null, step.Node, step.Protocol, transport);
                Assert.Equal(entry is null, connection is null);
                open.Add((connection, entry, transport));
                break;
            case Act.End or Act.EndGone when open.Count > 0:
                var ended = open[step.Number % open.Count];
                open.Remove(ended);
                End(table, model, ended.Connection, ended.Entry, ended.Transport, step.Act is Act.EndGone);
                break;
            case Act.Sweep:
                table.Sweep();
                model.Sweep();
                break;
            case Act.Advance:
                // Never a whole number of seconds in total: at a limit to the tick, the clock's conversion decides.
                cluster.Time.Advance(TimeSpan.FromMilliseconds((1000 * step.Number) + 1));
                model.Now += (1000 * step.Number) + 1;
                break;
            case Act.Forget:
                table.Forget(nodes[step.Node]);
                model.Forget(step.Node);
                break;
        }
    }

    private static void End(ConnectionTable table, Model model, Connection? connection, Entry? entry, Transport transport, bool isGone)
    {
        if (connection is not null && entry is not null)
        {
            table.RequestEnded(connection, transport, isGone, isGoneIfLast: false);
            model.End(entry, transport, isGone);
        }
    }

    private static void AssertEqual(ConnectionTable table, NodeState[] nodes, Model model)
    {
        var entries = model.Entries;
        Assert.Equal((entries.Count, entries.Count, entries.Count(entry => entry.Learned)), (table.Count, table.All.Count(), table.LearnedCount));
        Assert.InRange(table.Count, 0, Capacity);
        for (var i = 0; i < nodes.Length; i++)
        {
            var (counters, mine) = (nodes[i].Connections, entries.Where(entry => entry.Node == i).ToArray());
            Assert.Equal(
                (mine.Length, Count(Transport.WebSockets), Count(Transport.ServerSentEvents), Count(Transport.LongPolling), Count(Transport.Unknown)),
                (counters.Known, counters.WebSockets, counters.ServerSentEvents, counters.LongPolling, counters.Negotiated));

            int Count(Transport transport) => mine.Count(entry => entry.Counted == transport);
        }
    }

    private sealed record Step(Act Act, int Id, int Node, ClientProtocol Protocol, Transport Transport, bool Learned, int Number);

    private sealed class Entry
    {
        public int? Id;
        public int Node;
        public required ClientProtocol Protocol;
        public bool Learned;
        public bool Used;
        public bool Gone;
        public int Open;
        public int Seen;
        public Transport? Counted;
    }

    /// <summary>The rules in their plainest form, one thread, one list.</summary>
    private sealed class Model
    {
        /// <summary>In milliseconds.</summary>
        public int Now { get; set; }

        public List<Entry> Entries { get; } = [];

        public BindResult Bind(int id, int node, ClientProtocol protocol, bool learned)
        {
            if (!MakeRoom(learned))
            {
                return BindResult.Full;
            }

            if (Entries.Find(entry => entry.Id == id) is { } known)
            {
                return known.Node == node ? BindResult.Bound : BindResult.Conflict;
            }

            Entries.Add(new Entry { Id = id, Node = node, Protocol = protocol, Learned = learned, Seen = Now, Counted = Transport.Unknown });
            return BindResult.Bound;
        }

        public Entry? Start(int? id, int node, ClientProtocol protocol, Transport transport)
        {
            var entry = id is null ? null : Entries.Find(entry => entry.Id == id);
            if (entry is null)
            {
                if (transport is Transport.Unknown || !MakeRoom(forLearned: false))
                {
                    return null;
                }

                Entries.Add(entry = new Entry { Id = id, Node = node, Protocol = protocol });
            }

            if (entry.Node != node)
            {
                return null;
            }

            entry.Seen = Now;
            if (transport is not Transport.Unknown)
            {
                entry.Used = true;
                entry.Open++;
                entry.Counted = transport;
            }

            return entry;
        }

        public void End(Entry entry, Transport transport, bool isGone)
        {
            entry.Seen = Now;
            entry.Open -= transport is Transport.Unknown ? 0 : 1;
            entry.Gone |= isGone;
            if (entry.Open > 0)
            {
                return;
            }

            entry.Counted = transport is Transport.Unknown ? entry.Counted : transport is Transport.LongPolling ? transport : null;
            if (entry.Gone || entry.Id is null || (transport is Transport.ServerSentEvents && entry.Protocol.Name is "signalr"))
            {
                Entries.Remove(entry);
            }
        }

        public void Sweep()
        {
            foreach (var entry in Entries.Where(entry => entry.Open == 0).ToArray())
            {
                var idle = (Now - entry.Seen) / 1000d;
                var life = !entry.Used ? 30 : entry.Protocol.Name switch { "classic" => 140, "engine.io" => 90, _ => 30 };
                if (idle >= life)
                {
                    Entries.Remove(entry);
                }
                else if (idle >= (entry.Used ? 30 : 15))
                {
                    entry.Counted = null;
                }
            }
        }

        public void Forget(int node) => Entries.RemoveAll(entry => entry.Node == node && entry.Open == 0);

        private bool MakeRoom(bool forLearned)
        {
            while (Entries.Count >= Capacity)
            {
                var oldest = Entries.Find(entry => entry is { Used: false, Learned: false }) ?? (forLearned ? Entries.Find(entry => !entry.Used) : null);
                if (oldest is null)
                {
                    return false;
                }

                Entries.Remove(oldest);
            }

            return true;
        }
    }
}
