using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadTests.Connections;

/// <summary>Gives a hub connection its transport over HTTP.</summary>
public static class HubConnectionBuilderHttpExtensions
{
    /// <summary>Connects to the hub at a URL; what <c>WithUrl</c> is in the full .NET client.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="url">The hub's URL.</param>
    /// <param name="configure">Changes the options.</param>
    public static IHubConnectionBuilder WithHttpTransport(this IHubConnectionBuilder builder, Uri url, Action<HttpTransportOptions>? configure = null)
    {
        var options = new HttpTransportOptions { Url = url };
        configure?.Invoke(options);
        return builder.WithHttpTransport(options);
    }

    /// <summary>Connects as the options say.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="options">The options, with a URL.</param>
    public static IHubConnectionBuilder WithHttpTransport(this IHubConnectionBuilder builder, HttpTransportOptions options)
    {
        var url = options.Url ?? throw new ArgumentException("The options have no Url.", nameof(options));
        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(url));
        builder.Services.AddSingleton<IConnectionFactory>(services => new HttpConnectionFactory(
            options, services.GetService<IHubProtocol>()?.TransferFormat, services.GetService<ILoggerFactory>()));
        return builder;
    }
}
