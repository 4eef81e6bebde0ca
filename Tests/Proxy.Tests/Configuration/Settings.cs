using System.Text;
using Microsoft.Extensions.Configuration;
using Proxy.Configuration;
using Proxy.Tests.Routers;
using Xunit;

namespace Proxy.Tests.Configuration;

/// <summary>Configurations from texts.</summary>
internal static class Settings
{
    /// <summary>The built-in routers.</summary>
    public static IRouterNames Routers { get; } = TestRouters.Create();

    /// <summary>The same with one of an application, which is called <c>mine</c>.</summary>
    public static IRouterNames RoutersWithMine { get; } = TestRouters.Create(new ScriptedRouter("mine", static (_, candidates) => candidates[0]));

    public static IConfigurationRoot Json(string json) => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    /// <summary>From "key=value" lines, as on the command line.</summary>
    public static IConfigurationRoot Of(params string[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => s.Split('=', 2)).Select(s => KeyValuePair.Create(s[0], (string?)s[1]))).Build();

    /// <summary>As <see cref="Of"/>, with one node.</summary>
    public static IConfigurationRoot WithNode(params string[] settings) => Of(["Gateway:Nodes:a=http://127.0.0.1:5001", .. settings]);

    public static GatewayReading Read(IConfiguration configuration, IRouterNames? routers = null, bool needsNodes = true) =>
        GatewayOptionsReader.Read(configuration, routers ?? Routers, needsNodes);

    public static GatewayOptions Accepted(IConfiguration configuration)
    {
        var reading = Read(configuration);
        Assert.Empty(reading.Errors);
        return reading.Options!;
    }

    public static string SingleError(IConfiguration configuration)
    {
        var reading = Read(configuration);
        Assert.Null(reading.Options);
        return Assert.Single(reading.Errors).Message;
    }
}
