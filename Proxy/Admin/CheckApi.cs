using System.Text.Json;
using Proxy.Clusters;
using Proxy.SelfTest;

namespace Proxy.Admin;

/// <summary><c>POST /check</c>: the self-test, when an operator asks for it; one at a time.</summary>
internal sealed class CheckApi(NodeRegistry registry, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan DefaultIdle = TimeSpan.FromSeconds(20);

    private int _running;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/check", RunAsync);

    private async Task<IResult> RunAsync(HttpRequest request)
    {
        CheckRequest? body;
        try
        {
            body = await request.ReadFromJsonAsync(AdminJson.Answers.CheckRequest, request.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            body = null;
        }

        if (body is null)
        {
            return AdminJson.Refuse(StatusCodes.Status400BadRequest, "The body must be JSON, such as {\"url\":\"https://public.example/hub\"}.");
        }

        if (CheckTarget.TryCreate(body.Url, body.Idle, DefaultIdle, body.AccessToken, out var problem) is not { } target)
        {
            return AdminJson.Refuse(StatusCodes.Status400BadRequest, problem);
        }

        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            return AdminJson.Refuse(StatusCodes.Status409Conflict, "A self-test is running; wait for its end.");
        }

        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted, lifetime.ApplicationStopping);
            return Results.Json(await new SelfTestRun(target, OwnerOf, time).RunAsync(end.Token), AdminJson.Answers.CheckReport);
        }
        catch (OperationCanceledException)
        {
            // If it was the caller that went away, the answer is not read.
            return AdminJson.Refuse(StatusCodes.Status503ServiceUnavailable, "The gateway is shutting down.");
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private string? OwnerOf(string tag) => registry.Clusters.Select(cluster => cluster.Snapshot?.FindByTag(tag)?.Name).FirstOrDefault(name => name is not null);
}
