using System.CommandLine;
using Proxy.Configuration;

namespace Proxy.Hosting;

/// <summary><c>Proxy healthcheck</c>: asks the gateway's admin listener. A container image without a shell has no other program for that.</summary>
internal static class HealthCheck
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public static Command CreateCommand()
    {
        var settings = new SettingsArgument { Description = "The same settings as the gateway's own: they say where its admin listener is." };
        var command = new Command("healthcheck", "Asks a running gateway whether it is alive; exit code 0 or 1 (for containers).") { settings };
        command.SetAction(parsed => RunAsync(parsed.GetRequiredValue(settings), parsed.InvocationConfiguration));
        return command;
    }

    /// <returns>0 when the gateway is alive, otherwise 1.</returns>
    private static async Task<int> RunAsync(string[] args, InvocationConfiguration console)
    {
        try
        {
            if (AddressOf(args) is not { } address)
            {
                await console.Error.WriteLineAsync("Gateway:Admin:Url is off; there is nothing to ask.");
                return 1;
            }

            using var client = new HttpClient { Timeout = Timeout };
            using var response = await client.GetAsync(address);
            await console.Output.WriteLineAsync(await response.Content.ReadAsStringAsync());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is GatewayConfigurationException or HttpRequestException or OperationCanceledException)
        {
            await console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <returns><see langword="null"/> when the listener is off, or when its address cannot be read, which the gateway itself has refused.</returns>
    private static Uri? AddressOf(string[] args)
    {
        var url = GatewayOptionsReader.ReadUnchecked(ConfigurationSources.CreateBuilder(args).Configuration).Admin.Url;
        if (url is null || !ListenAddress.TryParse(url, out var listener))
        {
            return null;
        }

        // An address that stands for all interfaces is reached on loopback.
        var host = listener!.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : listener.Host;
        return new Uri($"{listener.Scheme}://{host}:{listener.Port}/healthz/live");
    }
}
