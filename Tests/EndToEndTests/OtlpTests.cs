using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>Metrics are sent by OTLP when OpenTelemetry's variable for the endpoint is set.</summary>
public sealed class OtlpTests : EndToEndTestBed
{
    [Fact]
    public async Task Metrics_EndpointIsGiven_AreSentThere()
    {
        var received = new ConcurrentQueue<(string Path, string Body)>();
        await using var collector = await StartCollectorAsync(received);
        await using var gateway = await StartExportingAsync(collector, "--Gateway:WarmUp=false");
        var url = await gateway.WaitForAsync(
            static lines => lines.Select(static line => line.Split("Now listening on: ")).FirstOrDefault(static parts => parts.Length == 2)?[1].Trim(),
            "the gateway listens");
        using var client = new HttpClient { BaseAddress = new Uri(url) };

        using var negotiated = await client.PostAsync("/hub/negotiate?negotiateVersion=1", content: null, Cancel);

        Assert.True(negotiated.IsSuccessStatusCode);
        await Eventually.HoldsAsync(() => received.Any(static request => request.Path == "/v1/metrics"
            && request.Body.Contains("gateway.affinity.lookups", StringComparison.Ordinal) // the gateway's own
            && request.Body.Contains("kestrel.", StringComparison.Ordinal) // Kestrel's
            && request.Body.Contains("sticky-signalr-gateway", StringComparison.Ordinal))); // the service name
    }

    [Fact]
    public async Task Metrics_OfTheWarmUp_AreNotSent()
    {
        var received = new ConcurrentQueue<(string Path, string Body)>();
        await using var collector = await StartCollectorAsync(received);
        await using var gateway = await StartExportingAsync(collector, "--Gateway:Health:Probe=none");
        await gateway.WaitForAsync(
            static lines => lines.FirstOrDefault(static line => line.Contains("Warmed up: ", StringComparison.Ordinal)), "the gateway has warmed up");

        var before = received.Count;
        await Eventually.HoldsAsync(() => received.Count >= before + 2); // the first may have been under way before

        Assert.Contains(received, static request => request.Body.Contains("gateway.nodes", StringComparison.Ordinal));
        Assert.All(received, static request =>
        {
            Assert.DoesNotContain("gateway.affinity.lookups", request.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("http.server.request.duration", request.Body, StringComparison.Ordinal);
        });
    }

    private async Task<ChildProcess> StartExportingAsync(WebApplication collector, params string[] options)
    {
        var node = await StartNodeAsync("a");
        return ChildProcess.Start(
            "gateway",
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                SolutionLayout.ProgramOf("Proxy"), "--urls", "http://127.0.0.1:0", "--Gateway:Admin:Url=",
                $"--Gateway:Nodes:a={node.Url.GetLeftPart(UriPartial.Authority)}", .. options,
            ],
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            });
    }

    private static async Task<WebApplication> StartCollectorAsync(ConcurrentQueue<(string Path, string Body)> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.Run(async context =>
        {
            // Protobuf does not encode strings, so that names can be found in the body as they are.
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, Cancel);
            received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
            context.Response.ContentType = "application/x-protobuf";
        });
        await collector.StartAsync(Cancel);
        return collector;
    }
}
