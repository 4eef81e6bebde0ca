namespace HubNode;

/// <summary>Builds the sample hub node; Program, Demo and the tests call the same code.</summary>
public static class HubNodeApp
{
    /// <summary>Builds a node; the caller runs it.</summary>
    /// <param name="args">Command line, such as <c>--urls http://127.0.0.1:5000 --name a</c>.</param>
    /// <param name="configure">Applied last, for logging and services of the caller.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        return builder.Build();
    }
}
