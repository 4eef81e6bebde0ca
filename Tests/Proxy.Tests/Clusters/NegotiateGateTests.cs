using Proxy.Clusters;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Clusters;

public sealed class NegotiateGateTests
{
    private readonly TestCluster _cluster = new("a", "b");
    private readonly NegotiationOptions _options = new() { ConcurrencyPerNode = 2, QueueLimit = 2, QueueTimeout = TimeSpan.FromSeconds(10) };
    private readonly NegotiateGate _gate;

    public NegotiateGateTests()
    {
        _gate = new NegotiateGate(_cluster.Time);
    }

    [Fact]
    public async Task Enter_MoreThanTheNodeTakes_WaitInOrder()
    {
        var first = await Enter("a");
        var second = await Enter("a");
        var (third, fourth) = (Enter("a"), Enter("a"));
        Assert.Equal(GateAnswer.Entered, (await Enter("b")).Answer); // another node has places of its own
        Assert.Equal((2, false, false), (_gate.Waiting, third.IsCompleted, fourth.IsCompleted));

        first.Dispose();
        Assert.Equal(GateAnswer.Entered, (await third).Answer);
        Assert.False(fourth.IsCompleted);
        second.Dispose();
        Assert.Equal(GateAnswer.Entered, (await fourth).Answer);
        Assert.Equal(0, _gate.Waiting);
    }

    [Fact]
    public async Task Enter_QueueFullOrTimeOver_IsRefused()
    {
        using var one = await Enter("a");
        using var two = await Enter("a");
        var waiting = new[] { Enter("a"), Enter("a") };

        Assert.Equal(GateAnswer.Full, (await Enter("a")).Answer);

        _cluster.Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        _cluster.Time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.All(await Task.WhenAll(waiting), lease => Assert.Equal(GateAnswer.Full, lease.Answer));
        Assert.Equal((0, 0), (_gate.Waiting, _cluster.Time.ActiveTimers));
    }

    [Fact]
    public async Task Enter_ClientGone_LeavesTheQueue()
    {
        using var gone = new CancellationTokenSource();
        using var one = await Enter("a");
        using var two = await Enter("a");
        var waiting = _gate.EnterAsync(_cluster["a"], _options, gone.Token).AsTask();

        await gone.CancelAsync();

        Assert.Equal(GateAnswer.ClientGone, (await waiting).Answer);
        Assert.Equal(0, _gate.Waiting);
    }

    [Fact]
    public async Task Enter_NodeGone_IsNotWaitedFor()
    {
        using var one = await Enter("a");
        using var two = await Enter("a");
        var waiting = Enter("a");
        Assert.Equal(3, _cluster["a"].State.Opening);

        _cluster["a"].State.Offline.Cancel();

        Assert.Equal(GateAnswer.NodeGone, (await waiting).Answer);
        Assert.Equal((0, 2), (_gate.Waiting, _cluster["a"].State.Opening));
    }

    private Task<NegotiateLease> Enter(string node) =>
        _gate.EnterAsync(_cluster[node], _options, TestContext.Current.CancellationToken).AsTask();
}
