using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Tests.Common;

/// <summary>Calls the gateway's admin listener.</summary>
public sealed class AdminClient(Uri url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url };

    /// <summary>Where the dashboard is.</summary>
    public Uri Url => url;

    public Task<JsonElement> GetAsync(string path) => _http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    /// <summary>What <c>GET /metrics</c> says of one metric, all its series added up; 0 when it has none.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await _http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        return text.Split('\n')
            .Where(line => line.StartsWith(name + '{', StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>The node as <c>GET /nodes</c> lists it, or <see langword="null"/>.</summary>
    public async Task<JsonElement?> NodeAsync(string name)
    {
        var nodes = await GetAsync("/nodes");
        return nodes.EnumerateArray().Select(node => (JsonElement?)node).FirstOrDefault(node => node!.Value.GetProperty("name").GetString() == name);
    }

    /// <summary>The node's <c>state</c>, or "absent".</summary>
    public async Task<string> StateOfAsync(string name) => (await NodeAsync(name))?.GetProperty("state").GetString() ?? "absent";

    public Task DrainAsync(string name, object? settings = null) => PostAsync($"/nodes/{name}/drain", settings);

    public Task ResumeAsync(string name) => PostAsync($"/nodes/{name}/resume", settings: null);

    public void Dispose() => _http.Dispose();

    private async Task PostAsync(string path, object? settings)
    {
        using var response = await _http.PostAsJsonAsync(path, settings ?? new { }, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, response.StatusCode);
    }
}
