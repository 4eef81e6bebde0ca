using Yarp.ReverseProxy.Model;

namespace Proxy.Admin;

/// <summary>Matches a request that is not sent with the application's own routing, so that hosts, headers, query and order of
/// YARP's routes all count.</summary>
internal sealed class RouteFinder(IServiceProvider services)
{
    private readonly Lazy<RequestDelegate> _routing = new(() => Build(services));

    /// <summary>YARP's route for the request, or <see langword="null"/>.</summary>
    public async Task<RouteModel?> FindAsync(HttpContext context)
    {
        context.RequestServices = services;
        await _routing.Value(context);
        return context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>();
    }

    private static RequestDelegate Build(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseRouting();

        // Where UseRouting keeps the list of endpoints that it matches; UseEndpoints would register them a second time for the whole application.
        var routes = (IEndpointRouteBuilder)app.Properties["__EndpointRouteBuilder"]!;
        routes.DataSources.Add(services.GetRequiredService<EndpointDataSource>());
        app.Run(static _ => Task.CompletedTask); // Nothing is executed.
        return app.Build();
    }
}
