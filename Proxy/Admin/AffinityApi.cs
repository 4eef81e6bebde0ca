using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Admin.Metrics;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Routers;

namespace Proxy.Admin;

/// <summary>Routes below <c>/affinity</c>: what is connected, and why requests go where they go.</summary>
internal sealed class AffinityApi(
    ConnectionsReader connections, Explainer explainer, DecisionLog log, DecisionStream stream, Replayer replayer, MetricsCollector metrics,
    NegotiateRouters routers, NodeRegistry registry)
{
    private const int MaxDecisions = 1_000_000;

    private const string ConnectionPath = "/affinity/connections/";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/affinity/connections", List);
        routes.MapGet(ConnectionPath + "{**id}", Find);
        routes.MapPost("/affinity/explain", ExplainAsync);
        routes.MapGet("/affinity/decisions", Decisions);
        routes.MapGet("/affinity/decisions/stream", stream.RunAsync);
        routes.MapPost("/affinity/replay", ReplayAsync);
        metrics.Start();
        routes.MapGet("/metrics", () => Results.Text(metrics.Write(), PrometheusFormat.ContentType));
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
            : Results.Json(page, AdminJson.Answers.ConnectionsJson);
    }

    private IResult Find(HttpContext context)
    {
        // The id is read off the raw target, because routing decodes some escapes and leaves others.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var mark = target.IndexOf('?');
        var id = Uri.UnescapeDataString((mark < 0 ? target : target[..mark])[ConnectionPath.Length..]);
        if (id.Length == 0)
        {
            return Bad("An id is missing behind /affinity/connections/.");
        }

        var found = connections.Find(id);
        var isKnown = found.Connection is not null || found.Node is not null;
        return Results.Json(found, AdminJson.Answers.ConnectionLookupJson, statusCode: isKnown ? StatusCodes.Status200OK : StatusCodes.Status404NotFound);
    }

    private async Task<IResult> ExplainAsync(HttpRequest request)
    {
        ExplainRequest? described;
        try
        {
            described = await request.ReadFromJsonAsync(AdminJson.Answers.ExplainRequest, request.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            described = null;
        }

        if (described is null)
        {
            return Bad("The body must be JSON, such as {\"method\":\"POST\",\"url\":\"/chat/negotiate\",\"headers\":{},\"client\":\"203.0.113.7\"}.");
        }

        return ImaginedRequest.TryCreate(described, out var problem) is { } context
            ? Results.Json(await explainer.ExplainAsync(context), AdminJson.Answers.ExplanationJson)
            : Bad(problem);
    }

    private IResult Decisions(HttpContext context)
    {
        if (!ConnectionQuery.TryReadLimit(context.Request.Query, MaxDecisions, MaxDecisions, out var limit))
        {
            return Bad($"limit is '{context.Request.Query["limit"]}' but must be a whole number from 1 to {MaxDecisions}.");
        }

        // A browser saves the answer as a file; for other clients it is the same JSON.
        context.Response.Headers.ContentDisposition = "attachment; filename=\"decisions.json\"";
        return Results.Json(
            new DecisionsJson(log.Capacity, log.Recorded, [.. log.Newest(limit).Select(DecisionJson.Of)]), AdminJson.Answers.DecisionsJson);
    }

    private async Task<IResult> ReplayAsync(HttpRequest request)
    {
        IConfiguration configuration;
        try
        {
            configuration = await ReadSectionAsync(request);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException or InvalidOperationException)
        {
            return Bad("The body must be a configuration as JSON, such as {\"Gateway\":{\"Nodes\":{\"a\":\"http://127.0.0.1:5000\"}}}.");
        }

        var reading = GatewayOptionsReader.Read(configuration, routers);
        if (reading.Options is not { } options || options.Nodes.Count == 0)
        {
            var refused = new RefusedConfigurationJson("The configuration cannot be used.", [.. reading.Errors.Select(error => error.Message)]);
            return Results.Json(refused, AdminJson.Answers.RefusedConfigurationJson, statusCode: StatusCodes.Status400BadRequest);
        }

        return replayer.Replay(options) is { } result
            ? Results.Json(result, AdminJson.Answers.ReplayJson)
            : Bad("Gateway:Nodes is not in use here; only decisions about its cluster can be replayed.");
    }

    // The body is a whole file, or the section alone.
    private static async Task<IConfiguration> ReadSectionAsync(HttpRequest request)
    {
        using var document = await JsonDocument.ParseAsync(
            request.Body,
            new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true },
            request.HttpContext.RequestAborted);
        var isWhole = document.RootElement.EnumerateObject()
            .Any(member => string.Equals(member.Name, GatewayOptions.SectionName, StringComparison.OrdinalIgnoreCase));
        var json = isWhole ? document.RootElement.GetRawText() : $"{{\"{GatewayOptions.SectionName}\":{document.RootElement.GetRawText()}}}";
        return new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build();
    }

    private static IResult Bad(string? reason) => AdminJson.Refuse(StatusCodes.Status400BadRequest, reason);
}
