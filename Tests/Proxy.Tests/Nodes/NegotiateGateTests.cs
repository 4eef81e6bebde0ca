using Proxy.Configuration;
using Proxy.Nodes;
using Xunit;

namespace Proxy.Tests.Nodes;

public sealed class NegotiateGateTests
{
    private readonly TestCluster _cluster = new("a", "b");
    private readonly NegotiateOptions _options = new() { ConcurrencyPerNode = 2, QueueLimit = 2, QueueTimeout = TimeSpan.FromSeconds(10) };
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
        Assert.NotNull(await Enter("b")); // another node has places of its own
        Assert.Equal((2, false, false), (_gate.Waiting, third.IsCompleted, fourth.IsCompleted));

        first!.Dispose();
        Assert.NotNull(await third);
        Assert.False(fourth.IsCompleted);
        second!.Dispose();
        Assert.NotNull(await fourth);
        Assert.Equal(0, _gate.Waiting);
    }

    [Fact]
    public async Task Enter_QueueFullOrTimeOver_IsRefused()
    {
        using var one = await Enter("a");
        using var two = await Enter("a");
        var waiting = new[] { Enter("a"), Enter("a") };

        Assert.Null(await Enter("a"));

        _cluster.Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        _cluster.Time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
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

        Assert.Null(await waiting);
        Assert.Equal(0, _gate.Waiting);
    }

    private Task<System.Threading.RateLimiting.RateLimitLease?> Enter(string node) =>
        _gate.EnterAsync(_cluster[node], _options, TestContext.Current.CancellationToken).AsTask();
}
