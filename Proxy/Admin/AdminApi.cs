using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.WarmUp;

namespace Proxy.Admin;

/// <summary>The admin API's routes.</summary>
internal sealed class AdminApi(
    DiagnosticsReader reader, NodeRegistry registry, NodeOperations operations, WarmUpState warmUp, IHostApplicationLifetime lifetime)
{
    private static readonly LimitsAttribute TimeoutLimits = OptionProperty.Find(typeof(ScaleOptions), nameof(ScaleOptions.DrainTimeout))!.Limits!;
    private static readonly LimitsAttribute RateLimits = OptionProperty.Find(typeof(ScaleOptions), nameof(ScaleOptions.DrainRate))!.Limits!;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/affinity", () => Results.Json(reader.Affinity(), AdminJson.Answers.AffinityJson));
        routes.MapGet("/nodes", () => Results.Json(reader.Nodes(), AdminJson.Answers.IReadOnlyListNodeJson));
        routes.MapPost("/nodes/{name}/drain", DrainAsync);
        routes.MapPost("/nodes/{name}/resume", Resume);
        routes.MapGet("/healthz/live", Live);
        routes.MapGet("/healthz/ready", Ready);
    }

    private async Task<IResult> DrainAsync(string name, HttpRequest request)
    {
        if (registry.FindNode(name) is not { } node || registry.Snapshot(node.State.ClusterId) is not { } snapshot)
        {
            return Unknown(name);
        }

        DrainRequest body;
        try
        {
            var isEmpty = request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
            body = isEmpty ? new DrainRequest(null, null, null) : await request.ReadFromJsonAsync(AdminJson.Answers.DrainRequest) ?? new(null, null, null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Bad("The body must be JSON, such as {\"mode\":\"wait\",\"timeout\":\"00:05:00\"}.");
        }

        var scale = snapshot.Options.Scale;
        object? mode = scale.Drain;
        if (body.Mode is not null && !EnumNames.TryParse(typeof(DrainMode), body.Mode, out mode))
        {
            return Bad($"mode is '{body.Mode}' but must be wait, wait-then-close or cut.");
        }

        var timeout = scale.DrainTimeout;
        if (body.Timeout is not null && (!TimeSpan.TryParse(body.Timeout, out timeout) || !TimeoutLimits.Contains(timeout)))
        {
            return Bad(
                $"timeout is '{body.Timeout}' but must be a time such as 00:05:00, at most {TimeSpan.FromTicks((long)TimeoutLimits.Max).TotalDays} days.");
        }

        if (body.Rate is { } rate && !RateLimits.Contains(rate))
        {
            return Bad($"rate is {rate} but must be between {RateLimits.Min} and {RateLimits.Max} connections per second.");
        }

        operations.Drain(node, (DrainMode)mode!, timeout, body.Rate ?? scale.DrainRate);
        return Accepted(name);
    }

    private IResult Resume(string name)
    {
        if (registry.FindNode(name) is not { } node)
        {
            return Unknown(name);
        }

        return operations.Resume(node)
            ? Accepted(name)
            : AdminJson.Refuse(StatusCodes.Status409Conflict, $"Node '{name}' drains because its configuration says so; a resume does not end that.");
    }

    private IResult Live() => lifetime.ApplicationStopping.IsCancellationRequested
        ? Unavailable("shutting down")
        : Healthy("live");

    private IResult Ready()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Unavailable("shutting down");
        }

        if (warmUp.IsRunning)
        {
            return Unavailable("warming up");
        }

        return registry.Clusters.Any(cluster => cluster.Snapshot is { Candidates.Count: > 0 })
            ? Healthy("ready")
            : Unavailable("no node online");
    }

    private IResult Accepted(string name) =>
        registry.FindNode(name) is { } node
            ? Results.Json(reader.Node(node), AdminJson.Answers.NodeJson, statusCode: StatusCodes.Status202Accepted)
            : Unknown(name);

    private static IResult Unknown(string name) => AdminJson.Refuse(StatusCodes.Status404NotFound, $"There is no node '{name}'.");

    private static IResult Bad(string reason) => AdminJson.Refuse(StatusCodes.Status400BadRequest, reason);

    private static IResult Healthy(string status) => Results.Json(new HealthJson(status), AdminJson.Answers.HealthJson);

    private static IResult Unavailable(string reason) =>
        Results.Json(new UnavailableJson("unavailable", reason), AdminJson.Answers.UnavailableJson, statusCode: StatusCodes.Status503ServiceUnavailable);
}
