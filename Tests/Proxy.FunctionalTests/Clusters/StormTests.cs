using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>Many connections are opened at once: so many at a time on each node, the rest wait in order, too many are told to come later.</summary>
public sealed class StormTests : NodesTestBed
{
    [Fact]
    public async Task NodeKilled_ItsClientsComeBackWithoutOneFailedNegotiate()
    {
        TestNode[] nodes = [await StartNodeAsync("a"), await StartNodeAsync("b"), await StartNodeAsync("c")];
        await using var line = new TcpForwarder(nodes[2].Url);
        var gateway = await StartGatewayAsync(
            [("a", nodes[0].Url), ("b", nodes[1].Url), ("c", line.Url)], "--Gateway:Health:Path=/health", "--Gateway:Negotiate:ConcurrencyPerNode=8");
        var clients = await StartLightAsync(gateway, 300);
        var lost = clients.Where(static client => client.Node == "c").ToArray();
        Assert.InRange(lost.Length, 50, 150);

        await line.DisposeAsync();

        await Eventually.HoldsAsync(() => clients.All(static client => client.Node is "a" or "b"));
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
        Assert.All(AtGateway.Requests.Where(static request => request.IsNegotiate), static request => Assert.Equal(200, request.Status));
        Assert.All(lost, static client => Assert.Equal(2, client.Connections));
        Assert.All(clients.Except(lost), static client => Assert.Equal(1, client.Connections));
    }

    [Fact]
    public async Task OneOfTwoNodesKilledUnderLoad_IsMarkedOnce_NoAttemptFails()
    {
        TestNode[] nodes = [await StartNodeAsync("a"), await StartNodeAsync("b")];
        await using var line = new TcpForwarder(nodes[1].Url);
        var gateway = await StartGatewayAsync([("a", nodes[0].Url), ("b", line.Url)], "--Gateway:Health:Probe=none"); // nothing but requests can tell
        var clients = await StartLightAsync(gateway, 200);
        var lost = clients.Where(static client => client.Node == "b").ToArray();
        var kept = clients.Except(lost).ToArray();
        Assert.InRange(lost.Length, 50, 150);

        var load = Task.WhenAll(kept.Select(static async client =>
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal($"{i}", await client.EchoAsync($"{i}", Cancel));
            }
        }));
        await line.DisposeAsync();
        await load;

        await Eventually.HoldsAsync(() => clients.All(static client => client.Node == "a"));
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
        Assert.All(lost, static client => Assert.Equal(2, client.Connections));
        Assert.All(kept, static client => Assert.Equal(1, client.Connections));
        Assert.All(AtGateway.Requests, static request => Assert.True(request.Status is 101 or 200, $"{request}"));
        // By a refused connect, or by two pooled connections that broke first
        Assert.Single(gateway.Log.Entries, static entry => entry.Event.Name == "WentOffline");
    }

    [Fact]
    public async Task MoreThanTheNodeMayOpen_WaitInOrder()
    {
        var storm = new Storm();
        var gateway = await StartGatewayAsync(
            [await StartNodeAsync("a", storm.HoldAsync)], "--Gateway:Health:Probe=none", "--Gateway:Negotiate:ConcurrencyPerNode=1");

        var answers = new List<Task>();
        for (var i = 0; i < 5; i++)
        {
            answers.Add(SendAsync(gateway, HttpMethod.Post, $"/hub/negotiate?negotiateVersion=1&n={i}"));
            await Eventually.HoldsAsync(() => AtGateway.Requests.Count == i + 1); // they come one after the other
        }

        Assert.Equal(1, storm.MostAtOnce);
        for (var i = 0; i < 5; i++)
        {
            await Eventually.HoldsAsync(() => storm.Waiting == 1, expectation: $"negotiate {i} is at the node");
            storm.LetOneThrough();
        }

        await Task.WhenAll(answers);
        Assert.Equal(1, storm.MostAtOnce);
        Assert.Equal(["?negotiateVersion=1&n=0", "?negotiateVersion=1&n=1", "?negotiateVersion=1&n=2", "?negotiateVersion=1&n=3", "?negotiateVersion=1&n=4"],
            storm.Seen);
    }

    [Fact]
    public async Task MoreThanMayWait_AreRefusedAtOnceWithRetryAfter()
    {
        var storm = new Storm();
        var gateway = await StartGatewayAsync(
            [await StartNodeAsync("a", storm.HoldAsync)], "--Gateway:Health:Probe=none", "--Gateway:Negotiate:ConcurrencyPerNode=2",
                "--Gateway:Negotiate:QueueLimit=3");
        var answers = Enumerable.Range(0, 5).Select(_ => SendAsync(gateway, HttpMethod.Post, "/hub/negotiate?negotiateVersion=1")).ToArray();
        await Eventually.HoldsAsync(() => AtGateway.Requests.Count == 5 && storm.Waiting == 2);

        await Eventually.PassesAsync(async () =>
        {
            var refused = await AskAsync(gateway, "POST", "/hub/negotiate?negotiateVersion=1", "Content-Length: 0");
            Assert.Equal((503, "storm-queue-full"), (refused.Status, refused.All("X-Affinity-Outcome").Single()));
            Assert.Equal(["1"], refused.All("Retry-After"));
        });

        storm.LetAllThrough();
        Assert.All(await Task.WhenAll(answers), static answer => Assert.Equal(200, answer.Status)); // who waited is served
    }

    [Fact]
    public async Task WaitThatIsTooLong_EndsAsRefusal()
    {
        var time = new ManualTimeProvider();
        var storm = new Storm();
        var gateway = await StartLiveGatewayAsync(
            new LiveSettings(await StartNodeAsync("a", storm.HoldAsync)), time, "--Gateway:Health:Probe=none", "--Gateway:Negotiate:ConcurrencyPerNode=1",
                "--Gateway:Negotiate:Deadline=00:05:00");
        var first = SendAsync(gateway, HttpMethod.Post, "/hub/negotiate?negotiateVersion=1");
        await Eventually.HoldsAsync(() => storm.Waiting == 1);
        var second = SendAsync(gateway, HttpMethod.Post, "/hub/negotiate?negotiateVersion=1");

        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), () => Task.FromResult(second.IsCompleted), "the second has waited long enough");

        Assert.Equal((503, "storm-queue-full"), ((await second).Status, (await second).Outcome));
        storm.LetAllThrough();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task NodeGoesOutWhileTheyWaitForIt_TheyGoToAnother()
    {
        var storm = new Storm();
        var a = await StartNodeAsync("a", (context, next) => context.Request.Path.StartsWithSegments("/hub", StringComparison.Ordinal) || storm.HoldsAll ? storm.HoldAsync(context, next) : next(context));
        var s = await StartNodeAsync("s");
        var gateway = await StartGatewayAsync(
            [(a.Name, a.Url), ("s:secondary", s.Url)],
            "--Gateway:Health:Path=/health", "--Gateway:Health:Interval=00:00:00.2", "--Gateway:Negotiate:ConcurrencyPerNode=1");
        await OnlineIsAsync(gateway, "a", online: true);
        var answers = Enumerable.Range(0, 5).Select(_ => NegotiateAsync(gateway)).ToArray();
        await Eventually.HoldsAsync(() => storm.Waiting == 1 && AtGateway.Requests.Count == 5);

        storm.HoldsAll = true; // probes, too: the node hangs

        Assert.All(await Task.WhenAll(answers), static answer => Assert.Equal("s", answer.Node));
        storm.LetAllThrough();
    }

    /// <summary>Holds requests at a node until the test lets them go on.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "Nothing waits by a handle.")]
    private sealed class Storm
    {
        private readonly SemaphoreSlim _through = new(0);
        private readonly ConcurrentQueue<string> _seen = new();
        private int _waiting;
        private int _mostAtOnce;

        public int Waiting => Volatile.Read(ref _waiting);

        public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

        public IReadOnlyCollection<string> Seen => _seen;

        public bool HoldsAll { get; set; }

        public async Task HoldAsync(Microsoft.AspNetCore.Http.HttpContext context, Microsoft.AspNetCore.Http.RequestDelegate next)
        {
            _seen.Enqueue(context.Request.QueryString.Value!);
            var waiting = Interlocked.Increment(ref _waiting);
            Volatile.Write(ref _mostAtOnce, Math.Max(waiting, MostAtOnce));
            try
            {
                await _through.WaitAsync(context.RequestAborted);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }

            await next(context);
        }

        public void LetOneThrough() => _through.Release();

        public void LetAllThrough() => _through.Release(1000);
    }
}
