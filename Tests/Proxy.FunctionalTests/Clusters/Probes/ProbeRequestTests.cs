using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Proxy.FunctionalTests.Nodes;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters.Probes;

/// <summary>What a probe sends, which answers it takes, and what it says of a node whose address has the wrong scheme.</summary>
public sealed class ProbeRequestTests : TlsTestBed
{
    private static readonly string[] HubProbe = ["--Gateway:Health:Probe=signalr", "--Gateway:Health:Path=/hub"];

    [Fact]
    public async Task Host_Given_IsAllowedByANodeThatKnowsItsClientsHostOnly()
    {
        var node = await StartNodeAsync("a", static builder =>
        {
            builder.Services.AddHostFiltering(static options => options.AllowedHosts = [ClientHost]);
            builder.Services.AddSingleton<IStartupFilter, HostFilter>();
        });
        var without = await StartGatewayAsync([node], [.. Probed, "--Gateway:Health:Path=/health"]);
        var with = await StartGatewayAsync([node], [.. Probed, "--Gateway:Health:Path=/health", $"--Gateway:Health:Host={ClientHost}"]);

        await OnlineIsAsync(without, "a", online: false);
        Assert.Equal("GET /health answered 400", (await without.Admin.NodeAsync("a"))!.Value.GetProperty("health").GetProperty("lastError").GetString());
        await HealthyAsync(with);
        Assert.Equal(200, await GetAsync(with));
    }

    [Theory]
    [InlineData("http", "/health")]
    [InlineData("signalr", "/hub")]
    public async Task Fields_Given_GoWithEveryRequestOfAProbe(string probe, string path)
    {
        var seen = new ConcurrentQueue<string>();
        var node = await StartNodeAsync("a", (context, next) =>
        {
            var headers = context.Request.Headers;
            seen.Enqueue($"{context.Request.Host} {headers["X-Forwarded-Proto"]} {headers.UserAgent} {headers.Authorization}");
            return next(context);
        });
        var gateway = await StartGatewayAsync([node],
        [
            .. Probed, $"--Gateway:Health:Probe={probe}", $"--Gateway:Health:Path={path}", "--Gateway:Health:Host=hub.example.test:8443",
            "--Gateway:Health:Headers:X-Forwarded-Proto=https", "--Gateway:Health:Headers:User-Agent=probe/1",
            "--Gateway:Health:Headers:Authorization=Bearer x",
        ]);

        await HealthyAsync(gateway);

        Assert.Equal(["hub.example.test:8443 https probe/1 Bearer x"], seen.Distinct());
        Assert.True(seen.Count >= (probe == "http" ? 1 : 8), "a hub's probe has many requests: " + seen.Count);
    }

    [Fact]
    public async Task Fields_NotGiven_AreTheProbesOwn()
    {
        var seen = new ConcurrentQueue<string>();
        var node = await StartNodeAsync("a", (context, next) =>
        {
            seen.Enqueue($"{context.Request.Host} {context.Request.Headers.UserAgent}");
            return next(context);
        });
        var gateway = await StartGatewayAsync([node], [.. Probed, .. HubProbe]);

        await HealthyAsync(gateway);

        Assert.Equal([$"{node.Url.Authority} sticky-signalr-gateway/health"], seen.Distinct());
    }

    [Theory]
    [InlineData(307, "200-299,307", true)]
    [InlineData(307, "200-299", false)]
    [InlineData(503, "503", true)]
    [InlineData(200, "307", false)]
    public async Task Statuses_Given_DecideAlone(int status, string statuses, bool online)
    {
        var node = await StartNodeAsync("a", (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = status == 307 ? "https://elsewhere.example.test/" : default(string);
            return Task.CompletedTask;
        });
        var gateway = await StartGatewayAsync([node], [.. Probed, "--Gateway:Health:Path=/health", $"--Gateway:Health:Statuses={statuses}"]);

        if (online)
        {
            await HealthyAsync(gateway);
            return;
        }

        await OnlineIsAsync(gateway, "a", online: false);
        Assert.Equal($"GET /health answered {status}{(status == 307 ? ", a redirect" : "")}",
            (await gateway.Admin.NodeAsync("a"))!.Value.GetProperty("health").GetProperty("lastError").GetString());
    }

    [Fact]
    public async Task LoadReport_WithAnAcceptedStatus_IsRead()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(503, """{"connectionCapacity":7}""", "Content-Type: application/json"));
        var gateway = await StartGatewayAsync([node], [.. Probed, "--Gateway:Health:Probe=http", "--Gateway:Health:Statuses=503"]);

        await NodeIsAsync(gateway, "a", static node => node.GetProperty("capacity").GetInt32() == 7, "has reported its capacity");
    }

    [Fact]
    public async Task Cluster_OfYarpsOwnSection_AddsFields()
    {
        var seen = new ConcurrentQueue<string>();
        var node = await StartNodeAsync("a", (context, next) =>
        {
            seen.Enqueue($"{context.Request.Host} {context.Request.Headers["X-One"]} {context.Request.Headers["X-Two"]}");
            return next(context);
        });
        const string cluster = "--ReverseProxy:Clusters:hubs:";
        var gateway = await StartGatewayAsync(
        [
            .. Probed, "--Gateway:Health:Headers:X-One=1", "--Gateway:Health:Headers:X-Two=2", "--ReverseProxy:Routes:all:ClusterId=hubs",
            "--ReverseProxy:Routes:all:Match:Path={**all}", $"{cluster}SessionAffinity:Enabled=true", $"{cluster}SessionAffinity:Policy=SignalR",
            $"{cluster}SessionAffinity:AffinityKeyName=k", $"{cluster}Destinations:a:Address={node.Url}", $"{cluster}Destinations:a:Host=d.example.test",
            $"{cluster}Metadata:Health.Headers.X-Two=two",
        ]);

        await HealthyAsync(gateway);

        Assert.Equal(["d.example.test 1 two"], seen.Distinct());
    }

    [Theory]
    [InlineData("http", "http1", "")]
    [InlineData("http", "http2", "")]
    [InlineData("signalr", "http1", "negotiate: ")]
    public async Task Node_TlsBehindHttp_SaysSo(string probe, string protocol, string step)
    {
        var node = await StartTlsNodeAsync("a", Authority.Issue("localhost"));
        var gateway = await StartGatewayAsync(
        [
            $"--Gateway:Nodes:a:Address=http://localhost:{node.Url.Port}", $"--Gateway:Nodes:a:Protocol={protocol}", .. Probed,
            $"--Gateway:Health:Probe={probe}", "--Gateway:Health:Path=/hub",
        ]);

        await SpeaksTlsAsync(gateway, step);
    }

    /// <summary>As nginx, Apache and Go do: a plain request is answered in plain text.</summary>
    [Fact]
    public async Task Node_TlsBehindHttpThatAnswersInPlainText_SaysSo()
    {
        await using var node = new TolerantTlsNode(Authority.Issue("localhost"));
        var gateway = await StartGatewayAsync([$"--Gateway:Nodes:a=http://localhost:{node.Port}", .. Probed]);

        await SpeaksTlsAsync(gateway);
    }

    [Fact]
    public async Task Node_BadRequestOfAPlainNode_IsNoSignOfTls()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(400, "Only HTTPS is welcome here.", "Content-Type: text/html"));
        var gateway = await StartGatewayAsync([node], [.. Probed, "--Gateway:Health:Probe=http"]);

        await HealthyAsync(gateway); // any status below 500
    }

    private static async Task SpeaksTlsAsync(TestGateway gateway, string step = "")
    {
        await OnlineIsAsync(gateway, "a", online: false);
        Assert.Equal($"{step}The node speaks TLS at this address; its address has to begin with https.",
            (await gateway.Admin.NodeAsync("a"))!.Value.GetProperty("health").GetProperty("lastError").GetString());
    }

    private static Task HealthyAsync(TestGateway gateway) =>
        NodeIsAsync(gateway, "a", static node => node.GetProperty("health").GetProperty("active").GetString() == "healthy", "is healthy");

    /// <summary>What the setting <c>AllowedHosts</c> switches on in an ASP.NET Core application.</summary>
    private sealed class HostFilter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.UseHostFiltering();
            next(app);
        };
    }
}
