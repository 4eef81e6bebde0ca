using System.Text.Json;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.DependencyInjection;
using Tests.Common;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>Base of tests with real hub nodes: light clients by the hundred, .NET clients where their behaviour matters, and nodes that come and go.</summary>
public abstract class NodesTestBed : FunctionalTestBed
{
    /// <summary>An added node opens as soon as one probe is good.</summary>
    internal static readonly string[] QuickStaging =
        ["--Gateway:Scale:MinStagingTime=00:00:00", "--Gateway:Scale:StagingProbes=1", "--Gateway:Scale:StagingInterval=00:00:00.1"];

    private readonly HttpMessageInvoker _pool = LightClient.CreatePool();

    public override ValueTask InitializeAsync()
    {
        Own(new Owned(_pool));
        return base.InitializeAsync();
    }

    /// <summary>A gateway whose nodes a test changes, by a clock that a test moves or by the real one.</summary>
    internal Task<TestGateway> StartLiveGatewayAsync(LiveSettings settings, TimeProvider? time, params string[] options) =>
        StartGatewayAsync(
            [],
            builder =>
            {
                settings.AddTo(builder);
                if (time is not null)
                {
                    builder.Services.AddSingleton(time);
                }
            },
            options);

    internal async Task<LightClient> StartLightAsync(TestGateway gateway, bool keepsCookies = false)
    {
        var client = Own(new LightClient(_pool, gateway.Url, keepsCookies));
        await client.StartAsync(Cancel);
        return client;
    }

    internal async Task<IReadOnlyList<LightClient>> StartLightAsync(TestGateway gateway, int count, bool keepsCookies = false)
    {
        var clients = new List<LightClient>(count);
        foreach (var some in Enumerable.Range(0, count).Chunk(20)) // not all at once: a storm is another test's subject
        {
            clients.AddRange(await Task.WhenAll(some.Select(_ => StartLightAsync(gateway, keepsCookies))));
        }

        return clients;
    }

    /// <summary>A .NET client with cookies and automatic reconnect, connected.</summary>
    private protected async Task<MovingClient> StartMovingAsync(TestGateway gateway, HttpTransportType transport, bool stateful = false)
    {
        var client = Own(new MovingClient(Hub(gateway), transport, stateful));
        await client.StartAsync(Cancel);
        return client;
    }

    protected static Uri Hub(TestGateway gateway) => new(gateway.Url, HubNodeApp.HubPath);

    /// <summary>One request to the gateway; the answer's body has been read.</summary>
    private protected async Task<(int Status, string? Outcome, string? Node, string Body)> SendAsync(
        TestGateway gateway, HttpMethod method, string target, string? cookie = null, string? body = null)
    {
        using var request = new HttpRequestMessage(method,
            new Uri(gateway.Url, target))
        { Content = method == HttpMethod.Post ? new StringContent(body ?? "") : null };
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var answer = await _pool.SendAsync(request, Cancel);
        return ((int)answer.StatusCode, Header(answer, "X-Affinity-Outcome"), Header(answer, HubNodeApp.NodeHeader),
            await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>Negotiates, and says who answered.</summary>
    private protected async Task<(string Token, string Node)> NegotiateAsync(TestGateway gateway, string? cookie = null, int version = 1)
    {
        var (status, _, node, body) = await SendAsync(gateway, HttpMethod.Post, $"/hub/negotiate?negotiateVersion={version}", cookie);
        if (status != 200)
        {
            throw new InvalidOperationException($"{status}: {body}");
        }

        using var json = JsonDocument.Parse(body);
        return (json.RootElement.GetProperty(version == 0 ? "connectionId" : "connectionToken").GetString()!, node!);
    }

    /// <summary>Sends many negotiates at once, and counts who answered.</summary>
    private protected async Task<Dictionary<string, int>> CountAnswersAsync(TestGateway gateway, int count, string? cookie = null)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => NegotiateAsync(gateway, cookie)));
        return answers.CountBy(answer => answer.Node).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Waits until <c>GET /nodes</c> shows what is expected of a node.</summary>
    private protected static Task NodeIsAsync(TestGateway gateway, string name, Func<JsonElement, bool> expected, string expectation)
    {
        JsonElement? last = null;
        return Eventually.HoldsAsync(
            async () => (last = await gateway.Admin.NodeAsync(name)) is { } node && expected(node),
            seen: () => last?.ToString() ?? "no such node",
            expectation: $"{name}: {expectation}");
    }

    private protected static Task StateIsAsync(TestGateway gateway, string name, string state) =>
        NodeIsAsync(gateway, name, node => node.GetProperty("state").GetString() == state, $"is {state}");

    private protected static Task OnlineIsAsync(TestGateway gateway, string name, bool online) =>
        NodeIsAsync(gateway, name, node => node.GetProperty("online").GetBoolean() == online, online ? "is online" : "is not online");

    /// <summary>Moves the clock until something holds: its timers fire, and what they start runs meanwhile.</summary>
    private protected static Task AdvanceUntilAsync(ManualTimeProvider time, TimeSpan step, Func<Task<bool>> condition, string expectation) =>
        Eventually.HoldsAsync(
            async () =>
            {
                if (await condition())
                {
                    return true;
                }

                time.Advance(step);
                return false;
            },
            expectation: expectation);

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private sealed class Owned(IDisposable resource) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            resource.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
