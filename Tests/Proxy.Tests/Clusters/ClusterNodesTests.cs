using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Clusters;

public sealed class ClusterNodesTests
{
    [Fact]
    public void Load_FirstTime_OpensEverybody()
    {
        var cluster = new TestCluster("a", "b");

        Assert.Equal("a:Open:online b:Open:online", Describe(cluster));
        Assert.Equal(["a", "b"], cluster.Snapshot.Candidates.Select(node => node.Name));
    }

    [Fact]
    public void Load_AddedNode_IsStaged()
    {
        var cluster = new TestCluster("a");

        cluster.Load("a", "b");

        Assert.Equal("a:Open:online b:Staging:offline", Describe(cluster));
        Assert.Equal(["a"], cluster.Snapshot.Candidates.Select(node => node.Name));
        Assert.Equal("b", cluster.Snapshot.FindByTag(cluster.Snapshot.TagOf(cluster["b"]))?.Name); // another replica may be ahead

        cluster.Load("a", "b");
        Assert.Equal("a:Open:online b:Staging:offline", Describe(cluster));
        cluster.Nodes.Open(cluster["b"].State, TimeSpan.Zero);
        cluster.Refresh();
        Assert.Equal("a:Open:online b:Open:online", Describe(cluster));
    }

    [Fact]
    public void Load_AddedNodeWithoutStaging_IsOpenAtOnce()
    {
        var cluster = new TestCluster(options => (options.Scale.StagingProbes, options.Scale.MinStagingTime) = (0, TimeSpan.Zero), TestCluster.Node("a"));

        cluster.Load("a", "b");

        Assert.Equal("a:Open:online b:Open:online", Describe(cluster));
    }

    [Fact]
    public void Load_RenamedNode_KeepsItsState()
    {
        var cluster = new TestCluster("a", "b");
        var state = cluster["a"].State;
        state.Connections.Add(Transport.WebSockets, 3);
        cluster.SetHealth("a", DestinationHealth.Unhealthy);
        cluster.Learn("learned", "a");

        cluster.Load(TestCluster.Node("z", node => node.Address = "http://A"), TestCluster.Node("b"));

        Assert.Equal("b:Open:online z:Open:offline", Describe(cluster));
        Assert.Same(state, cluster["z"].State);
        Assert.Equal("z", state.Name);
        Assert.Equal(4, cluster["z"].Metrics.ClientConnectionCount);
        Assert.Equal("z", cluster.Decide(Http.Get("/chat?id=learned")).Node?.Name);
    }

    [Fact]
    public void Load_NodesThatSwapNames_AreNewOnes()
    {
        // Each name moved to another process. (To keep connections through such a change, give the nodes an AffinityKey.)
        var cluster = new TestCluster("a", "b");
        var (a, b) = (cluster["a"].State, cluster["b"].State);

        cluster.Load(TestCluster.Node("a", node => node.Address = "http://b"), TestCluster.Node("b", node => node.Address = "http://a"));

        Assert.Equal("http://b http://a", string.Join(' ', cluster.Snapshot.Nodes.Select(node => node.Address)));
        Assert.DoesNotContain(cluster.Snapshot.Nodes, node => ReferenceEquals(node.State, a) || ReferenceEquals(node.State, b));
    }

    [Fact]
    public void Load_NodeRenamedToATakenName_KeepsItsState()
    {
        // b is taken out and a is called b from now on: the process at http://a goes on.
        var cluster = new TestCluster("a", "b");
        var state = cluster["a"].State;
        var tagged = cluster.Tagged("tok", "a");

        cluster.Load(TestCluster.Node("b", node => node.Address = "http://a"));

        Assert.Same(state, cluster["b"].State);
        Assert.Equal("b:Open:online", Describe(cluster));
        Assert.Equal("b", cluster.Decide(Http.Get($"/chat?id={tagged}")).Node?.Name);
    }

    [Fact]
    public void Load_ReaddressedNode_IsANewOne()
    {
        var cluster = new TestCluster("a", "b");
        var state = cluster["a"].State;
        cluster.Learn("learned", "a");
        cluster.SetHealth("a", DestinationHealth.Unhealthy);

        cluster.Load(TestCluster.Node("a", node => node.Address = "http://elsewhere"), TestCluster.Node("b"));

        Assert.NotSame(state, cluster["a"].State);
        Assert.Equal("a:Staging:offline b:Open:online", Describe(cluster));
        Assert.Equal(DestinationHealth.Unknown, cluster["a"].Destination.Health.Active);
        Assert.Null(cluster.Connections.FindLearned("learned"));
    }

    [Fact]
    public void Load_ChangedType_IsTheSameNode()
    {
        var cluster = new TestCluster("a", "b");
        var state = cluster["a"].State;

        cluster.Load(TestCluster.Secondary("a"), TestCluster.Node("b"));

        Assert.Same(state, cluster["a"].State);
        Assert.Equal(["b"], cluster.Snapshot.Candidates.Select(node => node.Name));
    }

    [Fact]
    public void Load_WithoutANode_KeepsItUntilItIsReleased()
    {
        var cluster = new TestCluster("a", "b");
        cluster.Learn("learned", "a");

        cluster.Load("b");
        cluster.Load("b");

        Assert.Equal("a:Draining:offline b:Open:online", Describe(cluster));
        Assert.Equal(DrainOrigin.Removal, cluster["a"].State.Drain?.Origin);
        Assert.Equal("a", cluster.Decide(Http.Get("/chat?id=learned")).Node?.Name);
        Assert.Empty(cluster.Nodes.RecentlyRemoved);

        var state = cluster["a"].State;
        cluster.Nodes.Release(state);
        cluster.Load("b");
        Assert.Equal("b:Open:online", Describe(cluster));
        Assert.Equal((NodeLifecycle.Removed, 0), (state.Lifecycle, state.Connections.Known));
        Assert.Equal(["a"], cluster.Nodes.RecentlyRemoved.Select(node => node.Name));

        cluster.Time.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Empty(cluster.Nodes.RecentlyRemoved);
    }

    [Fact]
    public void Load_DrainingNodeAgain_OpensItWithoutStaging()
    {
        var cluster = new TestCluster("a", "b");
        var state = cluster["a"].State;
        cluster.Load("b");

        cluster.Load("a", "b");

        Assert.Equal("a:Open:online b:Open:online", Describe(cluster));
        Assert.Same(state, cluster["a"].State);
        Assert.Null(state.Drain);
    }

    [Fact]
    public void Load_DrainingByConfiguration_EndsWithIt()
    {
        var cluster = new TestCluster(static _ => { }, TestCluster.Node("a", node => node.Draining = true), TestCluster.Node("b"));
        Assert.Equal("a:Draining:offline b:Open:online", Describe(cluster));
        Assert.False(cluster.Operations.Resume(cluster["a"]));

        cluster.Load("a", "b");
        Assert.Equal("a:Open:online b:Open:online", Describe(cluster));
    }

    [Fact]
    public void Load_OperatorsDrain_SurvivesReloads()
    {
        var cluster = new TestCluster("a", "b");
        cluster.Operations.Drain(cluster["a"], DrainMode.Wait, TimeSpan.FromMinutes(1), rate: 1);

        cluster.Load("a", "b", "c");
        cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("b"), TestCluster.Node("c"));
        Assert.Equal("b:Open:online c:Staging:offline z:Draining:offline", Describe(cluster));
        Assert.Equal(DrainOrigin.Operator, cluster["z"].State.Drain?.Origin);

        Assert.True(cluster.Operations.Resume(cluster["z"]));
        Assert.True(cluster.Operations.Resume(cluster["z"]));
        Assert.Equal("b:Open:online c:Staging:offline z:Open:online", Describe(cluster));
    }

    [Fact]
    public void Load_OperatorsDrain_OutlivesTheNodesLeaveAndReturn()
    {
        var cluster = new TestCluster("a", "b");
        cluster.Nodes.StartDrain(cluster["b"].State, DrainOrigin.Operator, DrainMode.WaitThenClose, TimeSpan.FromMinutes(1), rate: 7);
        cluster.Refresh();
        var drain = cluster["b"].State.Drain!;

        cluster.Load("a"); // its terms and its clock go on
        Assert.Equal((DrainOrigin.Removal, drain.Since, DrainMode.WaitThenClose, 7),
            (cluster["b"].State.Drain!.Origin, cluster["b"].State.Drain!.Since, cluster["b"].State.Drain!.Mode, cluster["b"].State.Drain!.Rate));

        cluster.Load("a", "b");
        Assert.Equal((NodeLifecycle.Draining, DrainOrigin.Operator), (cluster["b"].Lifecycle, cluster["b"].State.Drain!.Origin));
    }

    [Fact]
    public void StartDrain_NodeThatIsLeaving_GetsTheNewTermsAndLeavesAllTheSame()
    {
        var cluster = new TestCluster("a", "b");
        cluster.Load("a");

        cluster.Nodes.StartDrain(cluster["b"].State, DrainOrigin.Operator, DrainMode.Cut, TimeSpan.Zero, rate: 1);
        cluster.Refresh();

        Assert.Equal((DrainOrigin.Removal, DrainMode.Cut), (cluster["b"].State.Drain!.Origin, cluster["b"].State.Drain!.Mode));
    }

    [Fact]
    public void EndDrain_OfANodeInStaging_StagesItAgain()
    {
        var cluster = new TestCluster("a");
        cluster.Load("a", "b");
        cluster.Nodes.StartDrain(cluster["b"].State, DrainOrigin.Operator, DrainMode.Wait, TimeSpan.FromMinutes(1), rate: 1);

        cluster.Nodes.EndDrain(cluster["b"].State);

        Assert.Equal(NodeLifecycle.Staging, cluster["b"].State.Lifecycle);
    }

    [Fact]
    public void Load_OthersInstead_LeaveWhenTheAddedOnesAreOpen()
    {
        var cluster = new TestCluster("a", "b");

        cluster.Load("c");
        Assert.Equal(["a", "b"], cluster.Snapshot.Candidates.Select(static node => node.Name));
        cluster.Load("c", "b"); // one of them stays after all

        cluster.Nodes.Open(cluster["c"].State, TimeSpan.Zero);
        cluster.Refresh();
        Assert.Equal(["b", "c"], cluster.Snapshot.Candidates.Select(static node => node.Name));
        Assert.Equal(NodeLifecycle.Draining, cluster["a"].Lifecycle);
    }

    [Fact]
    public void Load_ReportedDrain_FollowsTheReport()
    {
        var cluster = new TestCluster("a", "b");

        Report(draining: true);
        Assert.Equal("a:Draining:offline b:Open:online", Describe(cluster));
        Report(draining: true);
        Report(draining: false);
        Assert.Equal("a:Open:online b:Open:online", Describe(cluster));

        void Report(bool draining) => cluster.Operations.Probed(
            cluster["a"], new ProbeResult(Error: null, new NodeReport(null, null, null, draining, cluster.Time.GetTimestamp())), cluster.Options.Health);
    }

    [Fact]
    public void Open_NodeThatStartedToDrainMeanwhile_StaysClosed()
    {
        // The supervisor has just found that the node's staging is over when a reload takes the node out.
        var cluster = new TestCluster("a");
        cluster.Load("a", "b");
        var state = cluster["b"].State;
        cluster.Load("a");

        cluster.Nodes.Open(state, TimeSpan.Zero);
        cluster.Refresh();

        Assert.Equal("a:Open:online b:Draining:offline", Describe(cluster));
    }

    [Fact]
    public void Refresh_NobodyOnline_LeavesNoCandidates()
    {
        var cluster = new TestCluster("a");
        cluster.SetHealth("a", DestinationHealth.Unhealthy);

        Assert.Empty(cluster.Snapshot.Candidates);
    }

    [Fact]
    public void Snapshot_OnceRead_NeverChanges()
    {
        var cluster = new TestCluster("a", "b");
        var before = cluster.Snapshot;

        cluster.SetHealth("a", DestinationHealth.Unhealthy);
        cluster.Load("b");

        Assert.NotSame(before, cluster.Snapshot);
        Assert.Equal(["a", "b"], before.Candidates.Select(node => node.Name));
        Assert.All(before.Nodes, node => Assert.True(node is { Online: true, Lifecycle: NodeLifecycle.Open }));
    }

    [Fact]
    public void Refresh_ClusterThatYarpDropped_IsForgotten()
    {
        var cluster = new TestCluster("a");

        cluster.Registry.Forget(TestCluster.Id);

        Assert.Null(cluster.Registry.Snapshot(TestCluster.Id));
        Assert.Null(cluster.Registry.FindNode("a"));
        cluster.Refresh();
    }

    private static string Describe(TestCluster cluster) =>
        string.Join(' ', cluster.Snapshot.Nodes.Select(node => $"{node.Name}:{node.Lifecycle}:{(node.Online ? "online" : "offline")}"));
}
