namespace Proxy;

/// <summary>Builds the gateway as a program of its own; Program, Demo and the tests call the same code.</summary>
public static class GatewayApp
{
    /// <summary>Builds the gateway; the caller runs it.</summary>
    /// <param name="args">Command line, such as <c>--Gateway:Nodes:a=http://127.0.0.1:5000</c>.</param>
    /// <param name="configure">Applied last, for configuration sources, logging and services of the caller.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        return builder.Build();
    }
}
