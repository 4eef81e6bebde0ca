using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Proxy.FunctionalTests;

/// <summary>The code of README.md for an application that hosts YARP.</summary>
internal static class ReadmeSample
{
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddStickySignalR(builder.Configuration);
    }
}
