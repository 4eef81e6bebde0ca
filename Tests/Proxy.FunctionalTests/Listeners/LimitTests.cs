using System.Globalization;
using System.Net.Sockets;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Listeners;

/// <summary><c>Kestrel:Limits</c> on the wire, with the sockets of event loops and with .NET's own.</summary>
public sealed class LimitTests : FunctionalTestBed
{
    private const string Limits = "--Kestrel:Limits:";
    private const string Upgrade = "GET /hub HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    public static TheoryData<string> Tunnels => new("auto", "stream");

    [Fact]
    public async Task Body_OfAnySize_PassesByDefault()
    {
        const int size = 31_000_000; // Kestrel's own limit is 30,000,000 bytes
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, exchange.Request.Body.Length.ToString(CultureInfo.InvariantCulture)));
        var gateway = await StartGatewayAsync([node]);
        using var http = new HttpClient { BaseAddress = gateway.Url };

        using var answer = await http.PostAsync("/upload", new ByteArrayContent(new byte[size]), Cancel);

        Assert.Equal(size.ToString(CultureInfo.InvariantCulture), await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Body_LargerThanTheLimit_Is413_AlsoAfterAReload(string tunnel)
    {
        var settings = new ReloadedSettings("Kestrel:Limits:MaxRequestBodySize=10");
        var gateway = await StartAsync(settings, "--Gateway:Tunnel=" + tunnel);

        Assert.Equal((200, 413), (await PostAsync(gateway, 10), await PostAsync(gateway, 11)));

        settings.Set("Kestrel:Limits:MaxRequestBodySize", "20");
        settings.Reload();
        await Eventually.HoldsAsync(async () => await PostAsync(gateway, 20) == 200);
        Assert.Equal(413, await PostAsync(gateway, 21));
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Head_BeyondItsLimits_IsRefused(string tunnel)
    {
        var gateway = await StartAsync(
            null, Limits + "MaxRequestLineSize=2000", Limits + "MaxRequestHeadersTotalSize=3000", Limits + "MaxRequestHeaderCount=12",
            "--Gateway:Tunnel=" + tunnel);

        Assert.Equal(200, (await AskAsync(gateway, "GET", "/" + new string('a', 1900))).Status);
        Assert.Equal(414, (await AskAsync(gateway, "GET", "/" + new string('a', 2100))).Status);
        Assert.Equal(431, (await AskAsync(gateway, "GET", "/", "X-Long: " + new string('a', 3100))).Status);
        Assert.Equal(431, (await AskAsync(gateway, "GET", "/", [.. Enumerable.Range(0, 13).Select(static i => $"X-{i}: 1")])).Status);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Head_ThatIsNotFinishedInTime_Is408(string tunnel)
    {
        var gateway = await StartAsync(null, Limits + "RequestHeadersTimeout=00:00:01", "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nX-Never");

        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Connection_WithoutARequest_IsClosedInTime(string tunnel)
    {
        var gateway = await StartAsync(null, Limits + "KeepAliveTimeout=00:00:01", "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Connections_MoreThanTheLimit_AreClosed(string tunnel)
    {
        var gateway = await StartAsync(null, Limits + "MaxConcurrentConnections=1", "--Gateway:Tunnel=" + tunnel);
        var first = await RawConnection.OpenAsync(gateway.Url);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await first.ReadResponseAsync()).Status);

        await using var second = await RawConnection.OpenAsync(gateway.Url);
        Assert.Equal("", await second.ReadToEndAsync());
        await first.DisposeAsync();

        await Eventually.HoldsAsync(async () =>
        {
            await using var third = await RawConnection.OpenAsync(gateway.Url);
            await third.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            return (await third.ReadToEndAsync()).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("handoff", 1)]
    [InlineData("stream", 1)]
    [InlineData("yarp", 1)]
    [InlineData("stream", 0)]
    public async Task WebSockets_MoreThanTheLimit_AreRefused_UntilOneEnds(string tunnel, int limit)
    {
        if (tunnel is "handoff")
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "Handing off needs Linux.");
        }

        var node = await StartNodeAsync("a");
        var gateway = await StartGatewayAsync(
            [node], "--Gateway:Tunnel=" + tunnel, $"{Limits}MaxConcurrentUpgradedConnections={limit}");
        var open = new List<RawConnection>();
        for (var i = 0; i < limit; i++)
        {
            var client = await RawConnection.OpenAsync(gateway.Url);
            await client.SendAsync(Upgrade);
            Assert.Equal(101, (await client.ReadResponseAsync()).Status);
            open.Add(client);
        }

        var refused = await AskAsync(gateway, Upgrade);

        Assert.Equal((503, "too-many-websockets", "1", "no-store"), (
            refused.Status, refused.Field("X-Affinity-Outcome"), refused.Field("Retry-After"), refused.Field("Cache-Control")));
        Assert.Equal(200, (await AskAsync(gateway, "GET", "/health")).Status);
        foreach (var client in open)
        {
            client.Reset();
        }

        if (limit > 0)
        {
            await Eventually.HoldsAsync(async () =>
            {
                await using var client = await RawConnection.OpenAsync(gateway.Url);
                await client.SendAsync(Upgrade);
                return (await client.ReadResponseAsync()).Status is 101;
            });
        }
    }

    /// <summary>The client has sent nothing for the whole limit, so the node is not to blame, and stays in use.</summary>
    [Theory]
    [InlineData("/hub/negotiate?negotiateVersion=1", "Content-Length: 5\r\n\r\nab", "--Gateway:Negotiate:Deadline=00:00:01", "auto")]
    [InlineData("/hub/negotiate?negotiateVersion=1", "Content-Length: 5\r\n\r\nab", "--Gateway:Negotiate:Deadline=00:00:01", "stream")]
    [InlineData("/upload", "Content-Length: 5\r\n\r\nab", "--Gateway:Timeouts:Http=00:00:01", "auto")]
    [InlineData("/upload", "Content-Length: 5\r\n\r\nab", "--Gateway:Timeouts:Http=00:00:01", "stream")]
    [InlineData("/upload", "Content-Length: 5\r\n\r\n", "--Gateway:Timeouts:Http=00:00:01", "auto")]
    [InlineData("/upload", "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "--Gateway:Timeouts:Http=00:00:01", "auto")]
    [InlineData("/upload", "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "--Gateway:Timeouts:Http=00:00:01", "stream")]
    public async Task Body_ThatDoesNotCome_Is408_AndTheNodeIsNotBlamed(string target, string body, string limit, string tunnel)
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, "got " + exchange.Request.Body));
        var gateway = await StartGatewayAsync([node], limit, "--Gateway:Tunnel=" + tunnel);
        var admin = OpenAdmin(gateway);
        for (var i = 0; i < 2; i++) // two failures in a row would mark a node
        {
            await using var client = await RawConnection.OpenAsync(gateway.Url);
            await client.SendAsync($"POST {target} HTTP/1.1\r\nHost: h\r\n{body}");

            var answer = await client.ReadResponseAsync("POST");

            Assert.Equal((408, "bad-request", "no-store"), (answer.Status, answer.Field("X-Affinity-Outcome"), answer.Field("Cache-Control")));
        }

        Assert.True((await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
        Assert.DoesNotContain(gateway.Log.Entries, static entry => entry.Event.Name is "ForwardingFailed");
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Body_SlowerThanTheRate_Is408(string tunnel)
    {
        var gateway = await StartAsync(null, Limits + "MinRequestBodyDataRate:BytesPerSecond=1000000", Limits + "MinRequestBodyDataRate:GracePeriod=00:00:02",
            "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na");

        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
    }

    /// <summary>The node writes until its own connection ends, which it does with the client's.</summary>
    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Response_ThatIsNotTaken_EndsTheConnection(string tunnel)
    {
        var cutOff = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            try
            {
                while (true)
                {
                    await exchange.SendAsync(new string('x', 100_000));
                }
            }
            catch (SocketException)
            {
                cutOff.SetResult(true);
            }
        });
        var gateway = await StartGatewayAsync(
            [node], Limits + "MinResponseDataRate:BytesPerSecond=1000000", Limits + "MinResponseDataRate:GracePeriod=00:00:02", "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.True(await Eventually.CompletesAsync(cutOff.Task));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public async Task ServerField_ByTheSwitch_IsSent(string value, bool isSent)
    {
        var gateway = await StartAsync(null, "--Kestrel:AddServerHeader=" + value);

        Assert.Equal(isSent, (await AskAsync(gateway, "BAD", "bad")).Field("Server") is not null);
    }

    /// <summary>It is a server of its own, and keeps Kestrel's strict defaults.</summary>
    [Fact]
    public async Task AdminListener_WhateverTheConfigurationSays_KeepsItsLimits()
    {
        var gateway = await StartAsync(null, Limits + "MaxRequestBodySize=1000000000");

        var answer = await AskAsync(gateway.Admin.Url,
            "POST /affinity/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 40000000\r\n\r\n{");

        Assert.Equal(413, answer.Status);
    }

    private static async Task<int> PostAsync(TestGateway gateway, int size) =>
        (await AskAsync(gateway, $"POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\r\n{new string('b', size)}")).Status;

    private Task<TestGateway> StartAsync(ReloadedSettings? settings, params string[] options)
    {
        var node = StartScripted("a");
        return StartGatewayAsync([(node.Name, node.Url)], builder => settings?.AddTo(builder), ["--Gateway:Health:Probe=none", .. options]);
    }
}
