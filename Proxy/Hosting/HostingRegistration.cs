using Microsoft.Extensions.Options;

namespace Proxy.Hosting;

internal static class HostingRegistration
{
    /// <summary>Adds the log rules, and those of ASP.NET Core's categories that write whole URLs and broken requests: they hold tokens.</summary>
    public static IReverseProxyBuilder AddLogRules(this IReverseProxyBuilder builder)
    {
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, LogRules>();
        builder.Services.AddSingleton(new LogRule("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, IsFixed: true));
        builder.Services.AddSingleton(new LogRule("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning, IsFixed: true));
        return builder;
    }
}
