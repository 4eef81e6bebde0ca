using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Proxy.Hosting;

namespace Proxy.WarmUp;

/// <summary>A node with SignalR's transports and no hub protocol, on loopback: it sends back what it receives.</summary>
internal static class WarmUpNode
{
    public const string HubPath = "/warm-up";

    public static WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().UseUrls(WarmUpGateway.AnyLoopbackPort);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddConnections();

        var app = builder.Build();
        app.MapConnections(HubPath, static connection => connection.Run(EchoAsync));
        app.MapGet("/", static () => "");
        return app;
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            if (read.IsCompleted)
            {
                return;
            }

            connection.Transport.Output.Write(read.Buffer.ToArray());
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Output.FlushAsync();
        }
    }
}
