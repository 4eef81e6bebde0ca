using Proxy.Configuration;

namespace Proxy.Hosting;

/// <summary><c>Proxy healthcheck</c>: a container image without a shell has nothing else to ask the gateway with.</summary>
internal static class HealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <param name="args">The same settings as the gateway's own; the admin listener's address is read from them.</param>
    /// <returns>0 when the gateway is alive.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = ConfigurationSources.CreateBuilder(args);
        var url = builder.Configuration[$"{GatewayOptions.SectionName}:Admin:Url"] ?? new AdminOptions().Url;
        if (!Uri.TryCreate(url?.Replace("*", "127.0.0.1", StringComparison.Ordinal).Replace("+", "127.0.0.1", StringComparison.Ordinal), UriKind.Absolute, out var address))
        {
            Console.Error.WriteLine("Gateway:Admin:Url is off; there is nothing to ask.");
            return 1;
        }

        // An address that stands for all interfaces is reached on loopback.
        var host = address.Host is "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
        using var client = new HttpClient { Timeout = Limit };
        try
        {
            using var response = await client.GetAsync(new Uri($"{address.Scheme}://{host}:{address.Port}/healthz/live"));
            Console.WriteLine(await response.Content.ReadAsStringAsync());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }
}
