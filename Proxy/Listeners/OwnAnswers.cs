using Proxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Proxy.Listeners;

/// <summary>Keeps caches from storing what no node has answered: a 404 may be stored without a word (RFC 9111, 4.2.2).</summary>
/// <remarks>
/// The refusals of the clusters that take part say so by themselves. These here are ASP.NET Core's, where no route fits, and YARP's for other clusters.
/// </remarks>
internal static class OwnAnswers
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { Cluster.Model.Config: { } cluster } && StickyCluster.IsChosen(cluster)
            ? next(context)
            : ForbidStoringAsync(context, next);

    private static async Task ForbidStoringAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var isForwarded = context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not null && context.GetForwarderErrorFeature() is null;
        if (!isForwarded && !context.Response.HasStarted && context.Response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            context.Response.Headers.CacheControl = "no-store";
        }
    }
}
