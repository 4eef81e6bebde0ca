using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proxy.Requests;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Transforms;

namespace Proxy.FunctionalTests;

/// <summary>Somebody's own YARP application that adds the gateway to one of its clusters.</summary>
public sealed class EmbeddingTests : FunctionalTestBed
{
    [Fact]
    public async Task Cluster_WithThePolicy_IsSticky()
    {
        var (app, _) = await StartAppAsync();

        for (var i = 0; i < 4; i++)
        {
            var opened = await AskAsync(app, "POST", "/app/chat/negotiate?negotiateVersion=1", "Content-Length: 0");
            var token = Forwarding.NegotiateAnswerTests.TokenOf(opened);
            var owned = await AskAsync(app, "GET", "/app/chat?id=" + token);
            var page = await AskAsync(app, "GET", "/app/page", "Cookie: " + Assert.Single(opened.All("Set-Cookie")).Split(';')[0]);

            Assert.Equal(token[2..3], owned.Body);
            Assert.Equal(token[2..3], page.Body);
        }

        Assert.Equal(404, (await AskAsync(app, "GET", "/app/chat?id=unknown-unknown-unknow")).Status);
    }

    /// <summary>The hub's path is what clients see; the node's is what the route makes of it.</summary>
    [Theory]
    [InlineData("/app/chat?id={0}", "/chat?id=T")]
    [InlineData("/app/chat/refresh?a=%2F&id={0}&access_token=x%2e", "/chat/refresh?a=%2F&id=T&access_token=x%2e")]
    [InlineData("/app/chat?x={0}&id={0}", "/chat?x={0}&id=T")]
    [InlineData("/query/chat?id={0}", "/query/chat?id=T&added=1")]
    [InlineData("/query/chat?id=T%2E{1}", "/query/chat?id=T&added=1")]
    [InlineData("/app/chat?id=T%2E{1}&b=%20", "/chat?id=T&b=%20")]
    public async Task Route_ThatTransformsThePathOrTheQuery_StillHasItsTagCutOut(string target, string seen)
    {
        var (app, nodes) = await StartAppAsync();
        var tag = "g1" + Tag.Compute(key: null, "hubs", "a");

        var answer = await AskAsync(app, "GET", target.Replace("{0}", "T." + tag, StringComparison.Ordinal).Replace("{1}", tag, StringComparison.Ordinal));

        Assert.Equal(200, answer.Status);
        Assert.Equal(seen.Replace("{0}", "T." + tag, StringComparison.Ordinal), Assert.Single(nodes[0].Requests).Target);
    }

    /// <summary>A middleware in front of routing changes the path; what the client sent is then nobody's address.</summary>
    [Theory]
    [InlineData("/rewritten/chat?id={0}", "/chat?id=T")]
    [InlineData("/based/app/page?a=%2F", "/page?a=%2F")]
    public async Task Path_ThatAMiddlewareHasChanged_ReachesTheNodeAsChanged(string target, string seen)
    {
        var (app, nodes) = await StartAppAsync();

        await AskAsync(app, "GET", target.Replace("{0}", "T.g1" + Tag.Compute(key: null, "hubs", "a"), StringComparison.Ordinal));

        Assert.Contains(seen, nodes.SelectMany(node => node.Requests).Select(request => request.Target));
    }

    /// <summary>The application's Kestrel is its own: neither its limits nor what its section says are the gateway's.</summary>
    [Fact]
    public async Task Kestrel_OfTheApplication_IsLeftAlone()
    {
        var (app, _) = await StartAppAsync(("Kestrel:Unknown", "1"), ("Kestrel:Limits:MaxRequestBodySize", "10"));

        var answer = await AskAsync(app, "POST", "/app/page", "Content-Length: 30000001");
        var small = await AskAsync(app, "POST /app/page HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nelevenbytes");

        Assert.Equal((413, 200), (answer.Status, small.Status));
    }

    /// <summary>The application's own code has the last word on the address, but for the tag.</summary>
    [Fact]
    public async Task Address_MadeByTheApplication_OnlyLosesTheTag()
    {
        var (app, nodes) = await StartAppAsync();

        await AskAsync(app, "GET", "/app/chat?custom&id=T.g1" + Tag.Compute(key: null, "hubs", "a"));

        Assert.Equal("/made/by%2Fme?custom&id=T", Assert.Single(nodes[0].Requests).Target);
    }

    [Fact]
    public async Task Cluster_OfItsOwnMetadata_Differs()
    {
        var (app, nodes) = await StartAppAsync(
            ("ReverseProxy:Clusters:hubs:Metadata:Mode", "Learn"), ("ReverseProxy:Clusters:hubs:Metadata:Cookie.Name", "hub_node"),
                ("ReverseProxy:Clusters:hubs:Metadata:Router", "round-robin"));

        var first = await AskAsync(app, "POST", "/app/chat/negotiate?negotiateVersion=1", "Content-Length: 0");
        var second = await AskAsync(app, "POST", "/app/chat/negotiate?negotiateVersion=1", "Content-Length: 0");

        Assert.Contains(first.Body, nodes.Take(2).Select(node => ScriptedExchange.Negotiation("T-" + node.Name)));
        Assert.NotEqual(first.Body, second.Body);
        Assert.StartsWith("hub_node=v1.", Assert.Single(first.All("Set-Cookie")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destination_OfItsOwnMetadata_Differs()
    {
        var (app, _) = await StartAppAsync(("ReverseProxy:Clusters:hubs:Destinations:a:Metadata:EndpointType", "secondary"));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("b", (await AskAsync(app, "GET", "/app/page")).Body);
        }
    }

    [Fact]
    public async Task Cluster_WithoutThePolicy_StaysYarps()
    {
        var (app, nodes) = await StartAppAsync();
        var tagged = "/plain/chat?id=T.g1" + Tag.Compute(key: null, "hubs", "a");

        var answer = await AskAsync(app, "GET", tagged, "Connection: X-Hop", "X-Hop: 1", "Accept-Encoding: br", "Forwarded: for=1.2.3.4");
        var opened = await AskAsync(app, "POST", "/plain/chat/negotiate", "Content-Length: 0");

        Assert.Equal("c", answer.Body);
        Assert.Empty(answer.All("Set-Cookie"));
        Assert.Equal(ScriptedExchange.Negotiation("T-c"), opened.Body);
        var request = nodes[2].Requests[0];
        Assert.Equal(tagged, request.Target);
        Assert.Equal(nodes[2].Url.Authority, request.Field("Host"));
        Assert.Equal("br", request.Field("Accept-Encoding"));
    }

    [Fact]
    public async Task Endpoints_OfTheApplication_StayItsOwn()
    {
        var (app, _) = await StartAppAsync();

        Assert.Equal("own", (await AskAsync(app, "GET", "/own?id=x.g1AAAAAAAAAAA")).Body);
    }

    [Fact]
    public async Task Nodes_OfTheShortForm_StandBesideIt()
    {
        var node = StartScripted("short");
        var (app, _) = await StartAppAsync(("Gateway:Nodes:short", node.Url.GetLeftPart(UriPartial.Authority)));

        Assert.Equal("short", (await AskAsync(app, "GET", "/anything/else")).Body);
        Assert.Matches("^[ab]$", (await AskAsync(app, "GET", "/app/page")).Body);
    }

    [Fact]
    public async Task WebSocket_OnATransformedRoute_OpensAtItsOwner()
    {
        var (app, nodes) = await StartAppAsync();
        var token = "T.g1" + Tag.Compute(key: null, "hubs", "b");

        var answer = await AskAsync(app, "GET", "/app/chat?id=" + token, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        Assert.Equal(101, answer.Status);
        Assert.Equal("/chat?id=T", Assert.Single(nodes[1].Requests).Target);
    }

    private async Task<(Uri App, ScriptedNode[] Nodes)> StartAppAsync(params (string Key, string Value)[] settings)
    {
        var nodes = "abc".Select(name => StartScripted(name.ToString(), static exchange => exchange.Request switch
        {
            { Method: "POST" } => exchange.AnswerNegotiateAsync("T-" + exchange.NodeName),
            _ when exchange.Request.Field("Upgrade") is not null => exchange.AcceptWebSocketAsync(),
            _ => exchange.AnswerNameAsync(),
        })).ToArray();
        var log = new LogCollector();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            new("urls", "http://127.0.0.1:0"),
            new("Gateway:Health:Probe", "none"),
            new("ReverseProxy:Routes:app:ClusterId", "hubs"),
            new("ReverseProxy:Routes:app:Match:Path", "/app/{**rest}"),
            new("ReverseProxy:Routes:app:Transforms:0:PathRemovePrefix", "/app"),
            new("ReverseProxy:Routes:query:ClusterId", "hubs"),
            new("ReverseProxy:Routes:query:Match:Path", "/query/{**rest}"),
            new("ReverseProxy:Routes:query:Transforms:0:QueryValueParameter", "added"),
            new("ReverseProxy:Routes:query:Transforms:0:Append", "1"),
            new("ReverseProxy:Routes:plain:ClusterId", "plain"),
            new("ReverseProxy:Routes:plain:Match:Path", "/plain/{**rest}"),
            new("ReverseProxy:Clusters:hubs:SessionAffinity:Enabled", "true"),
            new("ReverseProxy:Clusters:hubs:SessionAffinity:Policy", "SignalR"),
            new("ReverseProxy:Clusters:hubs:Destinations:a:Address", nodes[0].Url.ToString()),
            new("ReverseProxy:Clusters:hubs:Destinations:b:Address", nodes[1].Url.ToString()),
            new("ReverseProxy:Clusters:plain:Destinations:c:Address", nodes[2].Url.ToString()),
            .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)),
        ]);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddTransforms(static route => route.AddRequestTransform(static transform =>
            {
                if (transform.HttpContext.Request.Query.ContainsKey("custom"))
                {
                    transform.ProxyRequest.RequestUri = new Uri(transform.DestinationPrefix + "made/by%2Fme" + transform.Query.QueryString);
                }

                return default;
            }))
            .AddStickySignalR(builder.Configuration);
        var app = Own(builder.Build());
        app.Use(static (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/rewritten", StringComparison.Ordinal, out var rest))
            {
                context.Request.Path = "/app" + rest;
            }

            return next(context);
        });
        app.UsePathBase("/based");
        app.UseRouting();
        app.MapGet("/own", static () => Results.Text("own"));
        app.MapReverseProxy();
        await app.StartAsync(Cancel);
        Assert.Empty(log.UnexpectedErrors);
        return (new Uri(app.Urls.First()), nodes);
    }
}
