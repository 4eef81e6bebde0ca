using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using StackExchange.Redis;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Affinity.Sharing;

/// <summary>Replicas that share learned ids by a real Redis.</summary>
public sealed class RedisTests : FunctionalTestBed
{
    private const string Key = "a-key-of-this-test";
    private const string Version0 = "POST /chat/negotiate";
    private const string EngineIO = "GET /socket.io/?EIO=4&transport=polling";
    private const string Classic = "GET /signalr/negotiate?clientProtocol=2.1";

    // Where the hub is known an id that nobody knows is refused; elsewhere it would be routed, and to the right node by chance.
    private const string Hub = "--Gateway:Hubs:0=/chat";

    /// <summary>Each request of a connection goes to the other replica than the one before, the first included.</summary>
    [Theory]
    [InlineData(Version0)]
    [InlineData(EngineIO)]
    [InlineData(Classic)]
    public async Task LearnedId_RequestsAlternateBetweenReplicas_LeadsBack(string opens)
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 3);
        var owners = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 6; i++)
        {
            var client = await OpenAsync(gateways[i % 3], opens);
            owners.Add(client.Owner);
            for (var turn = 1; turn < 6; turn++)
            {
                Assert.Equal(client.Owner, (await PollAsync(gateways[(i + turn) % 3], client)).Body);
            }
        }

        Assert.Equal(2, owners.Count);
    }

    [Fact]
    public async Task LearnMode_Version1_LeadsBackAtTheOtherReplica()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 2, "--Gateway:Affinity:Mode=Learn", Hub);

        var client = await OpenAsync(gateways[0], "POST /chat/negotiate?negotiateVersion=1");

        Assert.Equal(client.Owner, (await PollAsync(gateways[1], client)).Body);
    }

    /// <summary>What stands in Redis tells nobody an id or an address, and goes by itself.</summary>
    [Fact]
    public async Task Entry_IsAHashAndANameThatExpire()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 1);
        var store = await OpenAsync(redis);

        var client = await OpenAsync(gateways[0], Version0);

        var (name, value) = Assert.Single(Entries(store));
        Assert.DoesNotContain(client.Id, name + value, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", value, StringComparison.Ordinal);
        Assert.EndsWith("\n" + client.Owner, value, StringComparison.Ordinal);
        Assert.InRange((await store.GetDatabase().KeyTimeToLiveAsync(name))!.Value.TotalSeconds, 30, 60);
    }

    [Fact]
    public async Task Entry_OfAConnectionThatIsDeleted_Goes()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 2);
        var store = await OpenAsync(redis);
        var client = await OpenAsync(gateways[0], Version0);

        var answer = await AskAsync(gateways[1], "DELETE", client.Target);

        Assert.Equal(202, answer.Status);
        await Eventually.HoldsAsync(() => !Entries(store).Any());
    }

    /// <summary>Whatever is no connection's id by its look, or carries a tag, is not asked for.</summary>
    [Fact]
    public async Task OrdinaryAndTaggedRequests_AskRedisNothing()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 2);
        var store = await OpenAsync(redis);
        var tagged = NegotiateAnswerIn(await NegotiateAsync(gateways[0]), "connectionToken");
        var before = await ReadsAsync(store);

        Assert.Equal(200, (await AskAsync(gateways[1], "GET", "/products?id=5")).Status);
        Assert.Equal(200, (await AskAsync(gateways[1], "GET", "/chat?id=" + tagged)).Status);
        Assert.Equal(200, (await AskAsync(gateways[0], "GET", "/chat?id=5")).Status);
        Assert.Equal(before, await ReadsAsync(store));

        // On a hub's path it may be one.
        Assert.Equal(404, (await AskAsync(gateways[0], "GET", "/chat?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301")).Status);
        Assert.Equal(before + 1, await ReadsAsync(store));
    }

    [Fact]
    public async Task SameId_FromAnotherNodeThroughAnotherReplica_KeepsTheFirst()
    {
        var redis = await StartRedisAsync();
        var nodes = "ab".Select(name => StartScripted(name.ToString(), exchange =>
            exchange.Request.Method is "POST" ? exchange.AnswerAsync(200,
                """{"connectionId":"AAAAAAAAAAAAAAAAAAAAAA"}""", "Content-Type: application/json") : exchange.AnswerNameAsync())).ToArray();
        var first = await StartPairAsync(nodes[0], nodes[1], redis.GatewayOptions);
        var second = await StartPairAsync(nodes[1], nodes[0], redis.GatewayOptions);
        await AskAsync(first, "POST", "/chat/negotiate", "Content-Length: 0");
        Assert.Equal("a", (await AskAsync(first, "GET", "/chat?id=AAAAAAAAAAAAAAAAAAAAAA")).Body);

        await AskAsync(second, "POST", "/chat/negotiate", "Content-Length: 0");

        Assert.Equal("a", (await AskAsync(second, "GET", "/chat?id=AAAAAAAAAAAAAAAAAAAAAA")).Body);
        Assert.Contains(second.Log.Entries, static entry => entry.Event.Name == "IdConflict");
    }

    /// <summary>Redis dies and comes back empty: what is known here goes on, tags go on everywhere, and then everything is shared again.</summary>
    [Fact]
    public async Task Redis_KilledAndStartedAgain_OnlyUnseenIdsSuffer()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 2, Hub);
        var seenByBoth = await OpenAsync(gateways[0], Version0);
        Assert.Equal(seenByBoth.Owner, (await PollAsync(gateways[1], seenByBoth)).Body);
        var seenByFirst = await OpenAsync(gateways[0], Version0);

        await redis.KillAsync();

        Assert.Equal(seenByBoth.Owner, (await PollAsync(gateways[0], seenByBoth)).Body);
        Assert.Equal(seenByBoth.Owner, (await PollAsync(gateways[1], seenByBoth)).Body);
        Assert.Equal(seenByFirst.Owner, (await PollAsync(gateways[0], seenByFirst)).Body);
        var unseen = await PollAsync(gateways[1], seenByFirst);
        Assert.Equal((404, "unknown-id"), (unseen.Status, unseen.Field("X-Affinity-Outcome")));
        var opened = await OpenAsync(gateways[0], Version0);
        Assert.Equal(opened.Owner, (await PollAsync(gateways[0], opened)).Body);
        var tagged = NegotiateAnswerIn(await NegotiateAsync(gateways[0]), "connectionToken");
        Assert.Equal(200, (await AskAsync(gateways[1], "GET", "/chat?id=" + tagged)).Status);
        await IsConnectedAsync(gateways[0], false);
        await IsConnectedAsync(gateways[1], false);

        await redis.StartAsync();

        await IsConnectedAsync(gateways[0], true);
        await IsConnectedAsync(gateways[1], true);
        foreach (var client in new[] { seenByFirst, opened, await OpenAsync(gateways[0], Version0) })
        {
            await Eventually.PassesAsync(async () => Assert.Equal(client.Owner, (await PollAsync(gateways[1], client)).Body));
        }

        foreach (var gateway in gateways)
        {
            Assert.Equal(["RedisConnected", "RedisLost", "RedisBack"], RedisEvents(gateway));
            Assert.True((await gateway.Admin.GetAsync("/affinity")).GetProperty("store").GetProperty("failures").GetInt64() > 0);
        }
    }

    /// <summary>A Redis that hangs costs a few requests a quarter of a second each, and then nothing.</summary>
    [Fact]
    public async Task Redis_Frozen_IsLeftOut()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 2, Hub);

        redis.Freeze();
        var client = await OpenAsync(gateways[0], Version0);

        Assert.Equal(client.Owner, (await PollAsync(gateways[0], client)).Body);
        await IsConnectedAsync(gateways[0], false);
        var failures = await FailuresAsync(gateways[0]);
        for (var i = 0; i < 20; i++)
        {
            await OpenAsync(gateways[0], Version0);
        }

        Assert.InRange(await FailuresAsync(gateways[0]) - failures, 20, 60); // not asked, and counted

        redis.Resume();
        await IsConnectedAsync(gateways[0], true);
        await Eventually.PassesAsync(async () => Assert.Equal(client.Owner, (await PollAsync(gateways[1], client)).Body));
        Assert.Equal(["RedisConnected", "RedisLost", "RedisBack"], RedisEvents(gateways[0]));
    }

    [Fact]
    public async Task Redis_StartedAfterTheGateway_IsUsedFromThenOn()
    {
        var redis = Own(new RedisProcess());
        var gateways = await StartReplicasAsync(redis, 2, Hub);
        var client = await OpenAsync(gateways[0], Version0);
        Assert.Equal(client.Owner, (await PollAsync(gateways[0], client)).Body);
        await IsConnectedAsync(gateways[0], false);
        Assert.Equal(["RedisLost"], RedisEvents(gateways[0]));

        await redis.StartAsync();

        await IsConnectedAsync(gateways[1], true);
        await Eventually.PassesAsync(async () => Assert.Equal(client.Owner, (await PollAsync(gateways[1], client)).Body));
        Assert.Equal(["RedisLost", "RedisBack"], RedisEvents(gateways[0]));
    }

    [Fact]
    public async Task Redis_WhoseNameIsUnknown_IsReportedOnce()
    {
        var gateway = await StartGatewayAsync(StartNodes(), "--Gateway:Affinity:Store=Redis", "--Gateway:Affinity:Redis:Configuration=redis.invalid:6379");

        var client = await OpenAsync(gateway, Version0);

        Assert.Equal(client.Owner, (await PollAsync(gateway, client)).Body);
        var failures = await FailuresAsync(gateway);
        await Eventually.HoldsAsync(async () => await FailuresAsync(gateway) > failures + 2); // it keeps trying
        Assert.Equal(["RedisLost"], RedisEvents(gateway));
    }

    [Fact]
    public async Task Redis_ThatHangsWhenTheGatewayStops_IsNotWaitedFor()
    {
        var redis = await StartRedisAsync();
        var gateways = await StartReplicasAsync(redis, 1);
        redis.Freeze();
        await OpenAsync(gateways[0], Version0);

        await Eventually.CompletesAsync(StopAsync(), TimeSpan.FromSeconds(5));

        async Task<bool> StopAsync()
        {
            await gateways[0].DisposeAsync();
            return true;
        }
    }

    /// <summary>A changed connection string applies at once; what lives is written to the new server.</summary>
    [Fact]
    public async Task Redis_Replaced_IsFollowed()
    {
        var (former, next) = (await StartRedisAsync(), await StartRedisAsync());
        var file = Path.GetTempFileName();
        try
        {
            await WriteAsync(former);
            var gateway = await StartGatewayAsync(StartNodes(), "--config", file);
            await OpenAsync(gateway, Version0);
            Assert.Single(Entries(await OpenAsync(former)));

            await WriteAsync(next);

            var store = await OpenAsync(next);
            await Eventually.HoldsAsync(() => Entries(store).Any());
        }
        finally
        {
            File.Delete(file);
        }

        Task WriteAsync(RedisProcess redis) =>
            File.WriteAllTextAsync(file, JsonSerializer.Serialize(
                new { Gateway = new { Affinity = new { Store = "Redis", Redis = new { Configuration = $"{redis.Address}" } } } }), Cancel);
    }

    [Theory]
    [InlineData("hunter2hunter2", true)]
    [InlineData("hunter3hunter3", false)]
    public async Task Password_IsShownNowhere(string password, bool isRight)
    {
        var redis = await StartRedisAsync("--requirepass", "hunter2hunter2");
        var gateway = await StartGatewayAsync(
            StartNodes(), [.. redis.GatewayOptions, $"--Gateway:Affinity:Redis:Configuration={redis.Address},password={password}"]);

        await OpenAsync(gateway, Version0);
        await IsConnectedAsync(gateway, isRight);

        Assert.NotEmpty(RedisEvents(gateway));
        Assert.DoesNotContain(gateway.Log.Entries, entry => $"{entry.Message}{entry.Exception}".Contains(password, StringComparison.Ordinal));
        Assert.DoesNotContain(password, (await gateway.Admin.GetAsync("/affinity")).GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>A user with the rights that docs/configuration.md lists, and no others.</summary>
    [Fact]
    public async Task AccessList_OfTheDocumentation_IsEnough()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(SolutionLayout.Root, "docs/configuration.md"), Cancel);
        var user = Assert.Single(page, static line => line.StartsWith("ACL SETUSER ", StringComparison.Ordinal)).Split(' ')[2..];
        var password = Assert.Single(user, static rule => rule.StartsWith('>'))[1..];
        var redis = await StartRedisAsync(["--user", .. user]);
        var gateways = await StartReplicasAsync(redis, 2, $"--Gateway:Affinity:Redis:Configuration={redis.Address},user={user[0]},password={password}");
        var store = await OpenAsync(redis);
        await IsConnectedAsync(gateways[1], true);

        var client = await OpenAsync(gateways[0], Version0);
        Assert.Equal(client.Owner, (await PollAsync(gateways[1], client)).Body);
        Assert.Equal(202, (await AskAsync(gateways[1], "DELETE", client.Target)).Status);
        await Eventually.HoldsAsync(() => !Entries(store).Any());

        Assert.Equal(["RedisConnected"], RedisEvents(gateways[1]));
        Assert.Equal(0, await FailuresAsync(gateways[1]));
    }

    /// <summary>New key first, old key second, on every replica; then the old key may go.</summary>
    [Fact]
    public async Task Keys_WhileTheyRotate_OldEntriesStayGood()
    {
        var redis = await StartRedisAsync();
        var nodes = StartNodes();
        var before = await StartAsync(redis, nodes, Key);
        var during = await StartAsync(redis, nodes, "the-next-" + Key, Key);
        var after = await StartAsync(redis, nodes, "the-next-" + Key);
        var client = await OpenAsync(before, Version0);

        Assert.Equal(client.Owner, (await PollAsync(during, client)).Body);
        await Eventually.PassesAsync(async () => Assert.Equal(client.Owner, (await PollAsync(after, client)).Body)); // written anew by the one between
    }

    [Fact]
    public async Task Entry_ThatNoGatewayWithTheKeyWrote_IsIgnored()
    {
        var redis = await StartRedisAsync();
        var nodes = StartNodes();
        var gateways = new[] { await StartAsync(redis, nodes, Key), await StartAsync(redis, nodes, Key) };
        var store = await OpenAsync(redis);
        var client = await OpenAsync(gateways[0], Version0);
        var (name, value) = Assert.Single(Entries(store));
        var other = client.Owner is "a" ? "b" : "a";

        await store.GetDatabase().StringSetAsync(name, value[..^1] + other, TimeSpan.FromMinutes(1));
        Assert.Equal(404, (await PollAsync(gateways[1], client)).Status);
        Assert.Contains(gateways[1].Log.Entries, static entry => entry.Event.Name == "EntryForged");

        await store.GetDatabase().StringSetAsync(name, value, TimeSpan.FromMinutes(1));
        Assert.Equal(client.Owner, (await PollAsync(gateways[1], client)).Body);
    }

    private async Task<RedisProcess> StartRedisAsync(params string[] options)
    {
        var redis = Own(new RedisProcess(options));
        await redis.StartAsync();
        return redis;
    }

    private async Task<TestGateway[]> StartReplicasAsync(RedisProcess redis, int count, params string[] options)
    {
        var nodes = StartNodes();
        var gateways = new TestGateway[count];
        for (var i = 0; i < count; i++)
        {
            gateways[i] = await StartGatewayAsync(nodes, ["--Gateway:Router=round-robin", .. redis.GatewayOptions, .. options]);
        }

        return gateways;
    }

    private Task<TestGateway> StartAsync(RedisProcess redis, ScriptedNode[] nodes, params string[] keys) =>
        StartGatewayAsync(nodes, [.. redis.GatewayOptions, Hub, .. keys.Select((key, i) => $"--Gateway:Affinity:Keys:{i}={key}")]);

    private ScriptedNode[] StartNodes() => [.. "ab".Select(name => StartScripted(name.ToString(), static exchange =>
    {
        var id = exchange.NodeName + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))[1..];
        return exchange.Request switch
        {
            { Method: "DELETE" } => exchange.AnswerAsync(202),
            { Target: "/chat/negotiate" } => exchange.AnswerAsync(200,
                $$"""{"negotiateVersion":0,"connectionId":"{{id}}"}""", "Content-Type: application/json"),
            { Target: "/chat/negotiate?negotiateVersion=1" } => exchange.AnswerNegotiateAsync(id),
            { Target: "/signalr/negotiate?clientProtocol=2.1" } => exchange.AnswerAsync(
                200,
                $$"""{"Url":"/signalr","ConnectionToken":"{{id}}+/==","ConnectionId":"public","ProtocolVersion":"2.1"}""", "Content-Type: application/json"),
            { Target: "/socket.io/?EIO=4&transport=polling" } => exchange.AnswerAsync(
                200, $$"""0{"sid":"{{id}}","upgrades":[],"pingInterval":25000,"pingTimeout":20000}""", "Content-Type: text/plain; charset=UTF-8"),
            _ => exchange.AnswerNameAsync(),
        };
    }))];

    // Ids begin with the name of their node.
    private static async Task<Client> OpenAsync(TestGateway gateway, string opens)
    {
        var (method, target) = opens.Split(' ') is [var verb, var path] ? (verb, path) : throw new ArgumentException(opens, nameof(opens));
        var answer = await AskAsync(gateway, method, target, "Content-Length: 0");
        Assert.Equal(200, answer.Status);
        return opens switch
        {
            EngineIO => Of(NegotiateAnswerIn(answer, "sid"), "/socket.io/?EIO=4&transport=polling&sid="),
            Classic => Of(NegotiateAnswerIn(answer, "ConnectionToken"), "/signalr/poll?transport=longPolling&connectionToken="),
            Version0 => Of(NegotiateAnswerIn(answer, "connectionId"), "/chat?id="),
            _ => Of(NegotiateAnswerIn(answer, "connectionToken"), "/chat?id="),
        };

        static Client Of(string id, string target) => new(id, id[..1], target + Uri.EscapeDataString(id));
    }

    private static Task<RawMessage> PollAsync(TestGateway gateway, Client client) => AskAsync(gateway, "GET", client.Target);

    private static string NegotiateAnswerIn(RawMessage answer, string property)
    {
        using var json = JsonDocument.Parse(answer.Body.TrimStart('0'));
        return json.RootElement.GetProperty(property).GetString()!;
    }

    private static Task IsConnectedAsync(TestGateway gateway, bool isConnected) => Eventually.HoldsAsync(
        async () => (await gateway.Admin.GetAsync("/affinity")).GetProperty("store") is var store
            && store.GetProperty("kind").GetString() == "redis" && store.GetProperty("connected").GetBoolean() == isConnected,
        expectation: $"connected is {isConnected}");

    private static async Task<long> FailuresAsync(TestGateway gateway) =>
        (await gateway.Admin.GetAsync("/affinity")).GetProperty("store").GetProperty("failures").GetInt64();

    private static string[] RedisEvents(TestGateway gateway) =>
        [.. gateway.Log.Entries.Select(entry => entry.Event.Name).OfType<string>().Where(name => name.StartsWith("Redis", StringComparison.Ordinal))];

    private async Task<ConnectionMultiplexer> OpenAsync(RedisProcess redis) =>
        Own(new Owned(await ConnectionMultiplexer.ConnectAsync($"{redis.Address},allowAdmin=true"))).Redis;

    private static IEnumerable<(string Name, string Value)> Entries(ConnectionMultiplexer redis) =>
        [.. redis.GetServer(redis.GetEndPoints().Single()).Keys(pattern: "sticky-signalr:*").Select(
            name => ((string)name!, (string)redis.GetDatabase().StringGet(name)!))];

    private static async Task<long> ReadsAsync(ConnectionMultiplexer redis)
    {
        var statistics = (await redis.GetServer(redis.GetEndPoints().Single()).InfoAsync("commandstats")).Single();
        var read = statistics.SingleOrDefault(static pair => pair.Key == "cmdstat_get").Value ?? "calls=0,";
        return long.Parse(read.Split('=', ',')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed record Client(string Id, string Owner, string Target);

    private sealed class Owned(ConnectionMultiplexer redis) : IAsyncDisposable
    {
        public ConnectionMultiplexer Redis => redis;

        public ValueTask DisposeAsync()
        {
            redis.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
