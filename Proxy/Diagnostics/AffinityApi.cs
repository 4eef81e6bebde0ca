using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Nodes;

namespace Proxy.Diagnostics;

/// <summary>Routes below <c>/affinity</c>: what is connected, and why requests go where they go.</summary>
internal sealed class AffinityApi(ConnectionsReader connections, Explainer explainer, NodeRegistry registry)
{
    private const string ConnectionPath = "/affinity/connections/";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/affinity/connections", List);
        routes.MapGet(ConnectionPath + "{**id}", Find);
        routes.MapPost("/affinity/explain", ExplainAsync);
    }

    private IResult List(HttpRequest request)
    {
        if (ConnectionQuery.TryRead(request.Query, out var problem) is not { } query)
        {
            return Bad(problem);
        }

        var page = connections.List(query);
        return page.Total == 0 && query.Node is not null && registry.FindNode(query.Node) is null
            ? Bad($"node is '{query.Node}', which is not known.")
            : Results.Json(page);
    }

    private IResult Find(HttpContext context)
    {
        // The raw target: routing would decode some escapes and leave others.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var mark = target.IndexOf('?');
        var id = Uri.UnescapeDataString((mark < 0 ? target : target[..mark])[ConnectionPath.Length..]);
        if (id.Length == 0)
        {
            return Bad("An id is missing behind /affinity/connections/.");
        }

        var found = connections.Find(id);
        return Results.Json(found, statusCode: found.Connection is null && found.Node is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK);
    }

    private async Task<IResult> ExplainAsync(HttpRequest request)
    {
        ExplainRequest? described;
        try
        {
            described = await request.ReadFromJsonAsync<ExplainRequest>(request.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            described = null;
        }

        if (described is null)
        {
            return Bad("The body must be JSON, such as {\"method\":\"POST\",\"url\":\"/chat/negotiate\",\"headers\":{},\"client\":\"203.0.113.7\"}.");
        }

        return ImaginedRequest.TryCreate(described, out var problem) is { } context ? Results.Json(await explainer.ExplainAsync(context)) : Bad(problem);
    }

    private static IResult Bad(string? reason) => Results.Json(new { error = reason }, statusCode: StatusCodes.Status400BadRequest);
}
