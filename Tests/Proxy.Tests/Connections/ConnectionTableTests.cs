using System.Text;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Connections;

public sealed class ConnectionTableTests
{
    private readonly TestCluster _cluster = new("a", "b");

    private ConnectionTable Table => _cluster.Connections;

    private NodeState A => _cluster["a"].State;

    private NodeState B => _cluster["b"].State;

    [Fact]
    public void Bind_Learned_IsFoundByTheIdAsItStandsInAQuery()
    {
        Assert.Equal(BindResult.Bound, Bind("a+b/ä", A));

        Assert.Same(A, Table.FindLearned("a%2Bb/%C3%A4")?.State);
        Assert.Same(A, Table.FindLearned("a%2bb%2f%c3%a4")?.State);
        Assert.Null(Table.FindLearned("a+b/ä")); // a plus is a space
        Assert.Null(Table.FindLearned("other"));
    }

    [Fact]
    public void Bind_Tagged_IsCountedButNotLearned()
    {
        Bind("x", A, learned: false);

        Assert.Null(Table.FindLearned("x"));
        Assert.Equal((1, 0, 1, 1), (Table.Count, Table.LearnedCount, A.Connections.Negotiated, A.Connections.Known));
    }

    [Fact]
    public void Bind_SameIdFromAnotherNode_StaysWithTheFirst()
    {
        Bind("x", A);

        Assert.Equal(BindResult.Conflict, Bind("x", B));
        Assert.Equal(BindResult.Bound, Bind("x", A));
        Assert.Same(A, Table.FindLearned("x")?.State);
        Assert.Equal((1, 1L, 0), (Table.Count, Table.Conflicts, B.Connections.Known));
    }

    [Fact]
    public void Bind_FullTable_ForgetsTheOldestUnusedFirst()
    {
        Table.Capacity = 3;
        Bind("one", A);
        Bind("two", A);
        Bind("three", B);
        Start("one", A, Transport.LongPolling); // in use, though the oldest

        Assert.Equal(BindResult.Bound, Bind("four", B));

        Assert.Equal("one,three,four", Known("one", "two", "three", "four"));
        Assert.Equal((3, 1L), (Table.Count, Table.Evicted));
        Assert.Equal((1, 0), (A.Connections.Known, A.Connections.Negotiated));
    }

    [Fact]
    public void Bind_FullOfConnectionsInUse_IsFull()
    {
        Table.Capacity = 2;
        Start("one", A, Transport.WebSockets);
        Bind("two", A);
        Start("two", A, Transport.LongPolling);

        Assert.Equal(BindResult.Full, Bind("three", A));
        Assert.Null(Start("four", A, Transport.WebSockets)); // forwarded all the same
        Assert.Null(Table.RequestStarted(key: null, A, SignalRProtocol.Instance, Transport.WebSockets, client: null));
        Assert.Equal((2, 2), (Table.Count, A.Connections.Known));
    }

    [Fact]
    public void Bind_FloodOfTaggedIds_CostsNoLearnedOneItsOwner()
    {
        Table.Capacity = 10;
        for (var i = 0; i < 5; i++)
        {
            Bind($"learned{i}", A);
        }

        for (var i = 0; i < 1000; i++)
        {
            Bind($"tagged{i}", B, learned: false);
        }

        Assert.Equal((10, 5, 5), (Table.Count, Table.LearnedCount, B.Connections.Negotiated));

        // The other way round tagged ones make room, which lose nothing but their place in the count.
        for (var i = 5; i < 10; i++)
        {
            Assert.Equal(BindResult.Bound, Bind($"learned{i}", A));
        }

        Assert.Equal((10, 10, 0), (Table.Count, Table.LearnedCount, B.Connections.Known));
        Assert.Equal(BindResult.Full, Bind("tagged", B, learned: false));
        Assert.Equal(BindResult.Bound, Bind("learned10", A));
        Assert.Equal("learned1,learned10", Known("learned0", "learned1", "learned10"));
    }

    [Fact]
    public void Bind_MoreThanTheCapacity_StaysBounded()
    {
        for (var i = 0; i < 250_000; i++)
        {
            Assert.Equal(BindResult.Bound, Bind($"{i}", i % 2 == 0 ? A : B, learned: i % 3 == 0));
        }

        Assert.Equal(100_000, Table.Count);
        Assert.Equal(100_000, Table.All.Count());
        Assert.Equal(100_000, A.Connections.Known + B.Connections.Known);
        Assert.Equal(150_000, Table.Evicted);

        _cluster.Time.Advance(TimeSpan.FromSeconds(30));
        Table.Sweep();
        Assert.Equal((0, 0, 0), (Table.Count, A.Connections.Total + B.Connections.Total, A.Connections.Known + B.Connections.Known));
    }

    [Fact]
    public void Sweep_UnusedId_CountsFor15SecondsAndIsKnownFor30()
    {
        Bind("x", A);

        Assert.Equal((1, 1), After(14.9));
        Assert.Equal((0, 1), After(0.2));
        Assert.Equal((0, 1), After(14.8));
        Assert.Equal((0, 0), After(0.2));
        Assert.Null(Table.FindLearned("x"));
    }

    [Theory]
    [InlineData("signalr", 30, 30)]
    [InlineData("classic", 30, 140)]
    [InlineData("engine.io", 30, 90)]
    public void Sweep_BetweenPolls_ByProtocol(string protocol, int counted, int known)
    {
        Bind("x", A, protocol: protocol);
        for (var poll = 0; poll < 3; poll++)
        {
            var connection = Start("x", A, Transport.LongPolling, protocol);
            Assert.Equal((1, 1), After(500)); // a pending poll may take any time
            Table.RequestEnded(connection!, Transport.LongPolling, isGone: false, isGoneIfLast: false);
            Assert.Equal((1, 1), After(counted - 0.1));
        }

        if (counted < known)
        {
            Assert.Equal((0, 1), After(0.2));
            Assert.Equal((0, 1), After(known - counted - 0.2));
        }

        Assert.Equal((0, 0), After(0.2));
    }

    [Theory]
    [InlineData("signalr", "WebSockets", 30)] // a stateful reconnect
    [InlineData("signalr", "ServerSentEvents", 0)]
    [InlineData("classic", "WebSockets", 140)]
    [InlineData("classic", "ServerSentEvents", 140)]
    [InlineData("engine.io", "WebSockets", 90)]
    public void RequestEnded_StreamOrTunnel_IsKnownForAWhile(string protocol, string transport, int known)
    {
        var kind = Enum.Parse<Transport>(transport);
        var connection = Start("x", A, kind, protocol);
        Assert.Equal((1, 1), After(5000));

        Table.RequestEnded(connection!, kind, isGone: false, isGoneIfLast: false);

        Assert.Equal(0, A.Connections.Total);
        if (known > 0)
        {
            Assert.Equal((0, 1), After(known - 0.1));
        }

        Assert.Equal((0, 0), After(0.2));
    }

    [Fact]
    public void RequestStarted_SendsOfAnUnknownId_AreNotFollowed()
    {
        Assert.Null(Start("x", A, Transport.Unknown));
        Assert.Equal(0, Table.Count);
    }

    [Fact]
    public void RequestStarted_AtAnotherNode_IsNotFollowed()
    {
        Bind("x", A);

        Assert.Null(Start("x", B, Transport.LongPolling));
        Assert.Equal((1, 0), (A.Connections.Known, B.Connections.Known));
    }

    [Fact]
    public void RequestEnded_Send_KeepsTheConnectionAlive()
    {
        var poll = Start("x", A, Transport.LongPolling)!;
        Table.RequestEnded(poll, Transport.LongPolling, isGone: false, isGoneIfLast: false);
        After(20);
        Table.RequestEnded(Start("x", A, Transport.Unknown)!, Transport.Unknown, isGone: false, isGoneIfLast: false);

        Assert.Equal((1, 1), After(20));
        Assert.Equal((0, 0), After(11));
    }

    [Fact]
    public void RequestEnded_Gone_IsForgottenOnceNothingIsOpen()
    {
        var poll = Start("x", A, Transport.LongPolling)!;
        var delete = Start("x", A, Transport.Unknown)!;

        Table.RequestEnded(delete, Transport.Unknown, isGone: true, isGoneIfLast: false);
        Assert.Equal(1, Table.Count);
        Table.RequestEnded(poll, Transport.LongPolling, isGone: true, isGoneIfLast: false);
        Assert.Equal((0, 0), (Table.Count, A.Connections.Known));
    }

    [Fact]
    public void RequestEnded_Anonymous_LeavesNothing()
    {
        var one = Table.RequestStarted(key: null, A, SignalRProtocol.Instance, Transport.WebSockets, client: null)!;
        var other = Table.RequestStarted(key: null, A, SignalRProtocol.Instance, Transport.WebSockets, client: null)!;
        Assert.Equal((2, 2), (A.Connections.WebSockets, Table.Count));

        Table.RequestEnded(one, Transport.WebSockets, isGone: false, isGoneIfLast: false);
        Table.RequestEnded(other, Transport.WebSockets, isGone: false, isGoneIfLast: false);
        Assert.Equal((0, 0, 0), (A.Connections.WebSockets, A.Connections.Known, Table.Count));
    }

    [Fact]
    public void RequestStarted_UpgradeFromPolling_CountsOnce()
    {
        // Engine.IO: the WebSocket opens while a poll is pending, which ends afterwards.
        Bind("x", A, protocol: "engine.io");
        var poll = Start("x", A, Transport.LongPolling, "engine.io")!;
        Assert.Equal((1, 0, 0), Counts());
        var socket = Start("x", A, Transport.WebSockets, "engine.io")!;
        Assert.Equal((0, 1, 0), Counts());
        Table.RequestEnded(poll, Transport.LongPolling, isGone: false, isGoneIfLast: false);
        Assert.Equal((0, 1, 0), Counts());
        Table.RequestEnded(socket, Transport.WebSockets, isGone: false, isGoneIfLast: false);
        Assert.Equal((0, 0, 0), Counts());

        (int, int, int) Counts() => (A.Connections.LongPolling, A.Connections.WebSockets, A.Connections.Negotiated);
    }

    [Fact]
    public void Forget_Node_KeepsWhatIsOpen()
    {
        Bind("unused", A);
        Bind("other", B);
        var socket = Start("open", A, Transport.WebSockets)!;

        Table.Forget(A);

        Assert.Equal("other", Known("unused", "other"));
        Assert.Equal((1, 1, 1), (A.Connections.Known, A.Connections.Total, B.Connections.Known));
        Table.RequestEnded(socket, Transport.WebSockets, isGone: false, isGoneIfLast: false);
        Assert.Equal((0, 0), After(30));
    }

    [Fact]
    public void RequestEnded_AfterItWasForgotten_CountsNothingTwice()
    {
        Bind("x", A);
        var send = Start("x", A, Transport.Unknown)!;
        Table.Forget(A);

        Table.RequestEnded(send, Transport.Unknown, isGone: true, isGoneIfLast: false);

        Assert.Equal((0, 0, 0), (Table.Count, A.Connections.Known, A.Connections.Total));
    }

    [Fact]
    public void Move_Connection_IsClosedNowOrWhenItNextCan()
    {
        var (polled, pending) = (new Closable(), new Closable());
        var connection = Start("x", A, Transport.LongPolling)!;
        connection.Attach(pending);
        Assert.Equal(1, new ConnectionMover(Table).Move(A, most: 10));
        Assert.Equal(0, new ConnectionMover(Table).Move(A, most: 10)); // asked once
        Assert.Equal((1, 1), (pending.Requests, A.Connections.Moving));

        Table.RequestEnded(connection, Transport.LongPolling, isGone: false, isGoneIfLast: false);
        Start("x", A, Transport.LongPolling)!.Attach(polled);
        Assert.Equal(1, polled.Requests);

        Table.RequestEnded(connection, Transport.LongPolling, isGone: true, isGoneIfLast: false);
        connection.Move();
        Assert.Equal((0, 0), (A.Connections.Moving, A.Connections.Known));
    }

    [Fact]
    public void Move_Some_TakesLiveConnectionsOfTheNodeOnly()
    {
        Bind("unused", A);
        Start("other", B, Transport.WebSockets);
        for (var i = 0; i < 10; i++)
        {
            Start($"{i}", A, Transport.WebSockets);
        }

        Assert.Equal(3, new ConnectionMover(Table).Move(A, most: 3));
        Assert.Equal(7, new ConnectionMover(Table).Move(A, most: 100));
        Assert.Equal(0, new ConnectionMover(Table).Move(A, most: 0));
        Assert.Equal((10, 0), (A.Connections.Moving, B.Connections.Moving));
    }

    [Fact]
    public void Move_MoreThanOneSearchFinds_AsksEveryConnectionOnce()
    {
        var mover = new ConnectionMover(Table);
        var connections = Enumerable.Range(0, 2500).Select(i => Start($"{i}", A, Transport.WebSockets)!).ToList();
        var closers = connections.ConvertAll(connection =>
        {
            var closer = new Closable();
            connection.Attach(closer);
            return closer;
        });

        Assert.Equal(1, mover.Move(A, most: 1));
        connections.Add(Start("opened after the first search", A, Transport.WebSockets)!);
        var moved = 1;
        while (mover.Move(A, most: 99) is > 0 and var more)
        {
            moved += more;
        }

        Assert.Equal((2501, 2501), (moved, A.Connections.Moving));
        Assert.All(connections, connection => Assert.True(connection.IsMoving));
        Assert.All(closers, closer => Assert.Equal(1, closer.Requests));
    }

    [Fact]
    public void Move_WithACondition_LeavesTheOthersAlone()
    {
        var mover = new ConnectionMover(Table);
        Start("x", A, Transport.WebSockets);
        var chosen = Start("y", A, Transport.WebSockets)!;

        Assert.Equal(1, mover.Move(A, most: 10, connection => ReferenceEquals(connection, chosen)));
        Assert.Equal((true, 1), (chosen.IsMoving, A.Connections.Moving));
    }

    [Fact]
    public async Task Sweeper_RunsOnTheClock()
    {
        using var sweeper = new ConnectionSweeper(Table, _cluster.Time);
        Bind("x", A);
        await sweeper.StartAsync(TestContext.Current.CancellationToken);
        await Until(() => _cluster.Time.ActiveTimers > 0);

        // Each turn ends on another thread, and a turn that comes too soon is one with the next.
        await Until(() =>
        {
            _cluster.Time.Advance(TimeSpan.FromSeconds(1));
            return Table.Count == 0;
        });

        await sweeper.StopAsync(TestContext.Current.CancellationToken);

        static async Task Until(Func<bool> condition)
        {
            while (!condition())
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }

    private static ClientProtocol Protocol(string name) => ClientProtocols.Default.All.Single(protocol => protocol.Name == name);

    private BindResult Bind(string id, NodeState state, bool learned = true, string protocol = "signalr") =>
        Table.Bind(Encoding.UTF8.GetBytes(id), state, Protocol(protocol), learned, client: null);

    private Connection? Start(string id, NodeState state, Transport transport, string protocol = "signalr") =>
        Table.RequestStarted(Table.Hasher.HashQueryValue(id), state, Protocol(protocol), transport, client: null);

    private string Known(params string[] ids) => string.Join(',', ids.Where(id => Table.FindLearned(id) is not null));

    // Counted as live, and known.
    private (int Total, int Known) After(double seconds)
    {
        _cluster.Time.Advance(TimeSpan.FromSeconds(seconds));
        Table.Sweep();
        return (A.Connections.Total, A.Connections.Known);
    }

    private sealed class Closable : IClosable
    {
        public int Requests { get; private set; }

        public void RequestClose() => Requests++;
    }
}
