using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proxy.FunctionalTests.Admin;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>What YARP alone does, so that the gateway has to do something itself.</summary>
/// <remarks>
/// A test that fails says that YARP has changed, and that a workaround may go. "Decisions about YARP" in docs/architecture.md says for each what the gateway
/// does.
/// </remarks>
public sealed class YarpBehaviourTests : FunctionalTestBed
{
    private const string ClientKey = "AAAAAAAAAAAAAAAAAAAAAA==";

    private readonly EverythingLogged _log = new();

    [Fact]
    public async Task Path_WithAnEncodedSlash_IsEncodedTwice()
    {
        var node = StartScripted("a");

        await AskAsync(await StartYarpAsync(node), "GET", "/a%2Fb");

        Assert.Equal("/a%252Fb", Assert.Single(node.Requests).Target);
    }

    [Fact]
    public async Task RequestFields_NominatedByConnection_ArePassedOn()
    {
        var node = StartScripted("a");

        await AskAsync(await StartYarpAsync(node), "GET", "/", "Connection: X-Hop", "X-Hop: 1");

        Assert.Equal("1", Assert.Single(node.Requests).Field("X-Hop"));
    }

    [Fact]
    public async Task AnswerFields_NominatedByConnection_ArePassedOn()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, "", "Connection: X-Hop", "X-Hop: 1"));

        Assert.Equal("1", (await AskAsync(await StartYarpAsync(node), "GET", "/")).Field("X-Hop"));
    }

    [Fact]
    public async Task Bytes_AboveAscii_EndInAnError()
    {
        var node = StartScripted(
            "a", static exchange => exchange.AnswerAsync(200, "", exchange.Request.Target is "/answer" ? "X-Bytes: \u00fc" : "X-Bytes: u"));
        var yarp = await StartYarpAsync(node);

        Assert.Equal(400, (await AskAsync(yarp, "GET", "/", "X-Bytes: \u00fc")).Status);
        Assert.Equal(502, (await AskAsync(yarp, "GET", "/", "X-Bytes: " + RawMessage.Utf8("ü"))).Status);
        Assert.Equal(502, (await AskAsync(yarp, "GET", "/answer")).Status);
        Assert.Equal(200, (await AskAsync(yarp, "GET", "/")).Status);
    }

    [Fact]
    public async Task Upgrade_ToSpdy_IsForwarded()
    {
        var node = StartScripted("a");

        await AskAsync(await StartYarpAsync(node), "GET", "/", "Connection: Upgrade", "Upgrade: SPDY/3.1");

        Assert.Equal("SPDY/3.1", Assert.Single(node.Requests).Field("Upgrade"));
    }

    [Fact]
    public async Task Post_ThatAsksForAWebSocket_BecomesAGet()
    {
        var node = StartScripted("a");

        await AskAsync(await StartYarpAsync(node), "POST", "/", "Connection: Upgrade", "Upgrade: websocket");

        Assert.Equal("GET / HTTP/1.1", Assert.Single(node.Requests).StartLine);
    }

    [Fact]
    public async Task WebSocketOverHttp2_WithAKeyOfItsOwn_KeepsItBesideYarps()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(404));
        var yarp = await StartYarpAsync(node, static builder => builder.WebHost.ConfigureKestrel(
            static kestrel => kestrel.ConfigureEndpointDefaults(static listen => listen.Protocols = HttpProtocols.Http2)));
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.SetRequestHeader("Sec-WebSocket-Key", ClientKey);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());

        await Assert.ThrowsAsync<WebSocketException>(() => client.ConnectAsync(new UriBuilder(yarp) { Scheme = "ws" }.Uri, invoker, Cancel));

        Assert.Contains(ClientKey, Assert.Single(Assert.Single(node.Requests).All("Sec-WebSocket-Key")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatSwitchesProtocolsUnasked_IsRelayed()
    {
        var node = StartScripted(
            "a", static exchange => exchange.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
        await using var client = await RawConnection.OpenAsync(await StartYarpAsync(node));

        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 101", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    /// <summary>Its head would be with the client already, and could not become a 502, had it been sent before the first byte of the body.</summary>
    [Fact]
    public async Task EventStream_BeforeItsFirstEvent_IsNotOpenAtTheClient()
    {
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await Eventually.HoldsAsync(() => _log.Lines.Any(line => line.Contains("Received HTTP/1.1 response 200", StringComparison.Ordinal)));
            exchange.Connection.Reset();
        });

        Assert.Equal(502, (await AskAsync(await StartYarpAsync(node), "GET", "/", "Accept: text/event-stream")).Status);
    }

    [Fact]
    public async Task Destination_ThatLeavesTheConfiguration_IsForgottenInTheMiddleOfARequest()
    {
        var node = StartScripted("a", static exchange => exchange.Connection.ReadToEndAsync());
        var app = await BuildYarpAsync(node, configure: null);
        await using var client = await RawConnection.OpenAsync(new Uri(app.Urls.First()));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await node.FirstRequestAsync();

        app.Services.GetRequiredService<InMemoryConfigProvider>().Update([], [new ClusterConfig { ClusterId = "all" }]);

        var state = app.Services.GetRequiredService<IProxyStateLookup>();
        await Eventually.HoldsAsync(() => state.TryGetCluster("all", out var cluster) && cluster.DestinationsState.AllDestinations.Count == 0);
    }

    [Fact]
    public async Task Url_OfARequest_IsLoggedWithItsQuery()
    {
        await AskAsync(await StartYarpAsync(StartScripted("a")), "GET", "/?access_token=canary");

        Assert.Contains(_log.Lines, static line => IsForwarders(line, "Information") && line.Contains("/?access_token=canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answer_ThatCannotBeRead_IsQuotedInAWarning()
    {
        var node = StartScripted("a", static exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nSet-Cookie session=canary\r\n\r\n"));

        await AskAsync(await StartYarpAsync(node), "GET", "/");

        Assert.Contains(_log.Lines, static line => IsForwarders(line, "Warning") && line.Contains("session=canary", StringComparison.Ordinal));
    }

    /// <summary>In 2.1.0 each was a warning, and YARP's affinity transform could make a 500 of it.</summary>
    [Theory]
    [InlineData("/hangs")]
    [InlineData("/endless")]
    public async Task Client_ThatLeaves_IsNoMoreThanADebugLine(string target)
    {
        var node = StartScripted("a", static async exchange =>
        {
            if (exchange.Request.Target is "/endless")
            {
                await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
            }

            await exchange.Connection.ReadToEndAsync();
        });
        var yarp = await StartYarpAsync(node, configure: null, new SessionAffinityConfig { Enabled = true, AffinityKeyName = "key", Policy = "Cookie" });
        await using var client = await RawConnection.OpenAsync(yarp);
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        await node.FirstRequestAsync();
        if (target is "/endless")
        {
            await client.ReadHeadAsync();
        }

        client.Reset();

        await Eventually.HoldsAsync(() => _log.Lines.Any(static line => line.Contains("Request finished", StringComparison.Ordinal)));
        Assert.Contains(_log.Lines, static line => IsForwarders(line, "Debug") && line.Contains("ForwardingRequestCancelled", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, static line => line.StartsWith("Warning ", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, static line => line.StartsWith("Error ", StringComparison.Ordinal));
    }

    private static bool IsForwarders(string line, string level) =>
        line.StartsWith(level + " Yarp.ReverseProxy.Forwarder.HttpForwarder[", StringComparison.Ordinal);

    private async Task<Uri> StartYarpAsync(ScriptedNode node, Action<WebApplicationBuilder>? configure = null, SessionAffinityConfig? affinity = null) =>
        new((await BuildYarpAsync(node, configure, affinity)).Urls.First());

    private async Task<WebApplication> BuildYarpAsync(ScriptedNode node, Action<WebApplicationBuilder>? configure, SessionAffinityConfig? affinity = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear(); // the gateway's appsettings.json lies beside the tests
        builder.Configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:0")]);
        builder.Logging.ClearProviders().AddProvider(_log).SetMinimumLevel(LogLevel.Trace);
        configure?.Invoke(builder);
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "all", Match = new RouteMatch { Path = "/{**rest}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "all",
                    Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = node.Url.ToString() } },
                    SessionAffinity = affinity,
                },
            ]);
        var app = Own(builder.Build());
        app.MapReverseProxy();
        await app.StartAsync(Cancel);
        return app;
    }
}
