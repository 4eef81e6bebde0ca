using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Proxy.FunctionalTests.Clusters;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Nodes;

/// <summary>Base of tests with hub nodes that speak TLS, each with a certificate that the test makes.</summary>
public abstract class TlsTestBed : NodesTestBed
{
    /// <summary>The Host of the clients: a name that no node's certificate has.</summary>
    protected const string ClientHost = "chat.example.test";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("node-tls-");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    /// <summary>An authority that nothing on this machine knows.</summary>
    protected TestAuthority Authority { get; } = new("Test authority");

    public override ValueTask InitializeAsync()
    {
        Own(new Cleanup(this));
        return base.InitializeAsync();
    }

    /// <summary>Probes at once and often.</summary>
    protected static string[] Probed => ["--Gateway:Health:Interval=00:00:00.2", "--Gateway:Health:Timeout=00:00:05", "--Gateway:Health:Fall=1"];

    /// <summary>Writes a file of the test's own.</summary>
    protected string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes a file of the test's own.</summary>
    protected string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>A hub node behind TLS.</summary>
    protected Task<TestNode> StartTlsNodeAsync(
        string name, X509Certificate2 certificate, Action<HttpsConnectionAdapterOptions>? https = null,
        HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        StartNodeAsync(name, (WebApplicationBuilder builder) =>
        {
            builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
            {
                listener.Protocols = protocols;
                listener.UseHttps(options =>
                {
                    options.ServerCertificate = certificate;
                    https?.Invoke(options);
                });
            }));
        });

    /// <summary>The command line that names a node by <c>localhost</c>, with options below <c>Tls</c>.</summary>
    protected static string[] NodeAt(TestNode node, params string[] tls) =>
        [$"--Gateway:Nodes:{node.Name}:Address=https://localhost:{node.Url.Port}", .. tls.Select(option => $"--Gateway:Nodes:{node.Name}:Tls:{option}")];

    protected Task<TestGateway> StartGatewayAsync(params string[] options) => StartGatewayAsync((IEnumerable<TestNode>)[], options);

    /// <summary>A short request, an event stream and a WebSocket reach the node, and probes find it online.</summary>
    private protected async Task WorksAsync(string[] node, string tunnel = "auto")
    {
        var gateway = await StartGatewayAsync([.. node, .. Probed, $"--Gateway:Tunnel={tunnel}"]);

        await OnlineIsAsync(gateway, "a", online: true);
        await NodeIsAsync(gateway, "a", static node => node.GetProperty("health").GetProperty("active").GetString() == "healthy", "is healthy");
        await TrafficWorksAsync(gateway);
    }

    private protected async Task TrafficWorksAsync(TestGateway gateway)
    {
        Assert.Equal(200, await GetAsync(gateway));
        Assert.Equal("text/event-stream", await OpenEventStreamAsync(gateway));
        using var socket = new ClientWebSocket();
        await OpenAsync(gateway, socket);
        await ShakeHandsAsync(socket);
    }

    /// <summary>The hub answers over the WebSocket.</summary>
    private protected static async Task ShakeHandsAsync(ClientWebSocket socket)
    {
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        var answer = new byte[64];
        var length = (await socket.ReceiveAsync(answer.AsMemory(), Cancel)).Count;
        Assert.Equal("{}\u001e"u8.ToArray(), answer[..length]);
    }

    /// <summary>Nothing reaches the node, and both the probe and the requests say why.</summary>
    private protected async Task FailsAsync(string[] node, string reason, string tunnel = "auto", bool failsWebSockets = true)
    {
        var probing = await StartGatewayAsync([.. node, .. Probed]);
        await OnlineIsAsync(probing, "a", online: false);
        var lastError = (await probing.Admin.NodeAsync("a"))!.Value.GetProperty("health").GetProperty("lastError").GetString()!;
        Assert.Matches(reason, lastError);
        Assert.DoesNotContain("inner exception", lastError, StringComparison.Ordinal);

        var gateway = await StartGatewayAsync([.. node, "--Gateway:Health:Probe=none", $"--Gateway:Tunnel={tunnel}"]);
        Assert.Equal(502, await GetAsync(gateway));
        using var socket = new ClientWebSocket();
        if (failsWebSockets)
        {
            await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(gateway, socket));
            Assert.Equal(HttpStatusCode.BadGateway, socket.HttpStatusCode);
        }
        else
        {
            await OpenAsync(gateway, socket);
        }

        var failures = gateway.Log.Entries.Where(static entry => entry.Message.StartsWith("Forwarding to node", StringComparison.Ordinal)).ToList();
        Assert.Equal(failsWebSockets ? 2 : 1, failures.Count);
        Assert.All(failures, entry => Assert.Matches(reason, entry.Message));
    }

    /// <summary>The status of a short request.</summary>
    private protected async Task<int> GetAsync(TestGateway gateway, string host = ClientHost)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Url, "/health")) { Headers = { Host = host } };
        using var answer = await _client.SendAsync(request, Cancel);
        return (int)answer.StatusCode;
    }

    private protected static Task OpenAsync(TestGateway gateway, ClientWebSocket socket)
    {
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader("Host", ClientHost);
        return socket.ConnectAsync(new UriBuilder(Hub(gateway)) { Scheme = "ws" }.Uri, Cancel);
    }

    private async Task<string?> OpenEventStreamAsync(TestGateway gateway)
    {
        var (token, _) = await NegotiateAsync(gateway);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Hub(gateway)}?id={token}") { Headers = { Host = ClientHost } };
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        return answer.Content.Headers.ContentType?.MediaType;
    }

    private sealed class Cleanup(TlsTestBed bed) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            bed._client.Dispose();
            bed.Authority.Dispose();
            bed._folder.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
