using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Clusters;

public sealed class NodeOperationsTests
{
    private static readonly ProbeResult Good = new(Error: null);
    private static readonly ProbeResult Bad = new("refused");

    private readonly TestCluster _cluster = new("a", "b");

    private GatewayNode A => _cluster["a"];

    private GatewayNode B => _cluster["b"];

    [Fact]
    public void Probed_RiseAndFall_CountInARow()
    {
        (_cluster.Options.Health.Rise, _cluster.Options.Health.Fall) = (2, 3);

        Assert.Equal("+ + + + + -", Run(Good, Bad, Bad, Good, Bad, Bad, Bad)[2..]); // two failures in a row are forgiven
        Assert.Equal("- - +", Run(Good, Bad, Good, Good)[2..]);

        string Run(params ProbeResult[] results) => string.Join(' ', results.Select(result =>
        {
            _cluster.Operations.Probed(A, result, _cluster.Options.Health);
            return A.Online ? "+" : "-";
        }));
    }

    [Fact]
    public void Probed_FirstSuccess_IsEnoughForANodeNotYetKnown()
    {
        _cluster.Options.Health.Rise = 5;

        _cluster.Operations.Probed(A, Good, _cluster.Options.Health);

        Assert.Equal(DestinationHealth.Healthy, A.Destination.Health.Active);
    }

    [Fact]
    public void Probed_GoingOffline_GivesUpAttemptsUnderWay()
    {
        var offline = A.State.Offline.Token;
        var found = new List<string>();
        using var registration = offline.Register(() => found.AddRange(_cluster.Snapshot.Candidates.Select(node => node.Name)));

        Fail(_cluster.Options.Health.Fall);

        Assert.True(offline.IsCancellationRequested);
        Assert.Equal(["b"], found); // an attempt on another node does not find it again
        Assert.False(A.State.Offline.Token.IsCancellationRequested); // a token that is taken later waits for the next time
    }

    [Fact]
    public void ConnectFailed_Once_TakesTheNodeOutUntilAGoodProbe()
    {
        _cluster.Operations.ConnectFailed(A);
        Assert.False(A.Online);

        _cluster.Time.Advance(TimeSpan.FromMinutes(5));
        _cluster.Operations.ExpirePassiveHealth(A);
        Assert.False(A.Online);

        _cluster.Operations.Probed(A, Good, _cluster.Options.Health);
        Assert.True(A.Online);
    }

    [Fact]
    public void ConnectFailed_WithoutProbes_EndsByItself()
    {
        // Nobody would ever say otherwise.
        _cluster.Options.Health.Probe = ProbeKind.None;
        _cluster.Refresh();

        _cluster.Operations.ConnectFailed(A);
        Assert.False(A.Online);

        _cluster.Time.Advance(TimeSpan.FromSeconds(10.1));
        _cluster.Operations.ExpirePassiveHealth(A);
        Assert.True(A.Online);
    }

    [Fact]
    public void NegotiateFailed_TwiceInARow_TakesTheNodeOutForAWhile()
    {
        _cluster.Operations.NegotiateFailed(A);
        Assert.True(A.Online); // one application error never does
        A.State.Health.NegotiateSucceeded();
        _cluster.Operations.NegotiateFailed(A);
        Assert.True(A.Online);
        _cluster.Operations.NegotiateFailed(A);
        Assert.False(A.Online);

        _cluster.Operations.Probed(A, Good, _cluster.Options.Health);
        Assert.False(A.Online); // probes were fine all the time

        _cluster.Time.Advance(TimeSpan.FromSeconds(9.9));
        _cluster.Operations.ExpirePassiveHealth(A);
        Assert.False(A.Online);
        _cluster.Time.Advance(TimeSpan.FromSeconds(0.2));
        _cluster.Operations.ExpirePassiveHealth(A);
        Assert.True(A.Online);

        _cluster.Operations.NegotiateFailed(A);
        Assert.False(A.Online); // the circuit was half open: it broke anew

        _cluster.Time.Advance(TimeSpan.FromSeconds(10.1));
        _cluster.Operations.ExpirePassiveHealth(A);
        A.State.Health.NegotiateSucceeded();
        _cluster.Operations.NegotiateFailed(A);
        Assert.True(A.Online); // two have to fail again
    }

    [Fact]
    public void PassiveMarks_LastNode_IsNeverTaken()
    {
        _cluster.Operations.ConnectFailed(A);
        _cluster.Operations.ConnectFailed(B);
        Assert.Equal(2, _cluster.Snapshot.Candidates.Count);

        Fail(_cluster.Options.Health.Fall); // probes may take it
        Assert.Equal(["b"], _cluster.Snapshot.Candidates.Select(node => node.Name));
        for (var i = 0; i < _cluster.Options.Health.Fall; i++)
        {
            _cluster.Operations.Probed(B, Bad, _cluster.Options.Health);
        }

        Assert.Empty(_cluster.Snapshot.Candidates);
    }

    [Fact]
    public void PassiveMarks_LastPrimary_LeavesTheSecondaries()
    {
        var cluster = new TestCluster(static _ => { }, TestCluster.Node("a"), TestCluster.Secondary("s"));

        cluster.Operations.ConnectFailed(cluster["a"]);

        Assert.Equal(["s"], cluster.Snapshot.Candidates.Select(node => node.Name));
    }

    [Fact]
    public void Probed_StaleReport_CountsNoMore()
    {
        _cluster.Operations.Probed(
            A, new ProbeResult(null, new NodeReport(70, 100, "boot", Draining: false, _cluster.Time.GetTimestamp())), _cluster.Options.Health);
        Assert.Equal(new NodeMetrics(70, 100, 0, IsReported: true) { IsCapacityReported = true }, A.Metrics);

        _cluster.Operations.Probed(
            A, new ProbeResult(null, new NodeReport(null, 100, null, Draining: false, _cluster.Time.GetTimestamp())), _cluster.Options.Health);
        Assert.Equal(new NodeMetrics(0, 100, 0, IsReported: false) { IsCapacityReported = true }, A.Metrics);

        _cluster.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(new NodeMetrics(0, 0, 0, IsReported: false), A.Metrics);
    }

    [Fact]
    public void Metrics_ConnectionsSinceTheReport_AreAdded()
    {
        A.State.Connections.Add(Transport.WebSockets, 5);
        _cluster.Operations.Probed(
            A, new ProbeResult(null, new NodeReport(70, null, null, Draining: false, _cluster.Time.GetTimestamp())), _cluster.Options.Health);
        Assert.Equal(70, A.Metrics.ClientConnectionCount); // those of other gateways are among them

        A.State.Connections.Add(Transport.WebSockets, 3);
        A.State.AddOpening(1);
        Assert.Equal(74, A.Metrics.ClientConnectionCount);

        A.State.Connections.Add(Transport.WebSockets, -8);
        A.State.AddOpening(-1);
        Assert.Equal(65, A.Metrics.ClientConnectionCount);

        A.State.Connections.Add(Transport.WebSockets, 80); // and a report that had not heard of them
        _cluster.Operations.Probed(
            A, new ProbeResult(null, new NodeReport(70, null, null, Draining: false, _cluster.Time.GetTimestamp())), _cluster.Options.Health);
        Assert.Equal(80, A.Metrics.ClientConnectionCount);
    }

    [Fact]
    public void Probed_GoodAnswerWithoutReport_TakesTheReportBack()
    {
        _cluster.Operations.Probed(
            A, new ProbeResult(null, new NodeReport(70, 100, null, Draining: true, _cluster.Time.GetTimestamp())), _cluster.Options.Health);
        Assert.Equal(NodeLifecycle.Draining, A.Lifecycle);

        _cluster.Operations.Probed(A, Good, _cluster.Options.Health);

        Assert.Equal(NodeLifecycle.Open, A.Lifecycle);
        Assert.Equal(0, A.Metrics.ClientConnectionCount);
    }

    [Fact]
    public void SawBootId_LateAnswerOfTheFormerProcess_SaysNothingNew()
    {
        foreach (var bootId in new[] { "one", "two", "one", "two" })
        {
            _cluster.Operations.SawBootId(A.State, bootId);
        }

        Assert.Equal(("two", 1), (A.State.Process.BootId, A.State.Process.Incarnation));
    }

    [Fact]
    public void ProbesEnded_NodeThatTheyTookOut_IsBack()
    {
        Fail(_cluster.Options.Health.Fall);
        Assert.False(A.Online);

        _cluster.Operations.ProbesEnded(A);

        Assert.True(A.Online);
    }

    [Fact]
    public void SawBootId_NewProcess_OrphansTheIdsOfTheFormer()
    {
        _cluster.Hubs.Learn("/chat");
        _cluster.Learn("old", "a");
        _cluster.Operations.SawBootId(A.State, "one");
        _cluster.Operations.SawBootId(A.State, bootId: null);
        _cluster.Operations.SawBootId(A.State, "one");
        Assert.Equal("a", _cluster.Decide(Http.Get("/chat?id=old")).Node?.Name);

        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        _cluster.Learn("between", "a"); // by either process
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        _cluster.Operations.SawBootId(A.State, "two");
        _cluster.Learn("new", "a");

        Assert.Equal(RoutingOutcome.OwnerRestarted, _cluster.Decide(Http.Get("/chat?id=old")).Outcome);
        Assert.Equal("a", _cluster.Decide(Http.Get("/chat?id=between")).Node?.Name);
        Assert.Equal("a", _cluster.Decide(Http.Get("/chat?id=new")).Node?.Name);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _cluster.Operations.Probed(A, Bad, _cluster.Options.Health);
        }
    }
}
