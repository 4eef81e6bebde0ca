using Proxy.Configuration;
using Proxy.Hosting;

namespace Proxy.WarmUp;

/// <summary>A second gateway in this process, made of the same code as the real one, but of none of its objects.</summary>
/// <remarks>
/// It has a container of its own, and so tables, nodes and decisions of its own. Its meters are separate, too: listeners select them by <c>Meter.Scope</c>. It
/// has no logging, no admin listener and no export, reads neither files nor environment, and leaves signals to the real gateway.
/// </remarks>
/// <param name="build">Builds a gateway that carries requests, with nothing beside it.</param>
internal sealed class WarmUpGateway(Func<WebApplicationBuilder, WebApplication> build)
{
    public const string AnyLoopbackPort = "http://127.0.0.1:0";

    /// <param name="node">Where <see cref="WarmUpNode"/> listens.</param>
    /// <param name="real">The real gateway's options, for what decides which code carries the bytes.</param>
    public WebApplication Build(string node, GatewayOptions real)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(
        [
            new($"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Nodes)}:a", node),
            new($"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Tunnel)}", real.Tunnel.ToString()),
            new($"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Affinity)}:{nameof(AffinityOptions.Mode)}", real.Affinity.Mode.ToString()),
            new($"{GatewayOptions.SectionName}:{nameof(GatewayOptions.Health)}:{nameof(HealthOptions.Probe)}", nameof(ProbeKind.None)),
        ]);
        builder.WebHost.UseKestrel().UseUrls(AnyLoopbackPort);
        builder.Services.AddRouting();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();

        return build(builder);
    }
}
