using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EndToEndTests.DotNetClient;

/// <summary>Answers that a healthy SignalR server gives only now and then.</summary>
internal static class ScriptedEndpoints
{
    private const string AllTransports = """
        "availableTransports":[
          {"transport":"WebSockets","transferFormats":["Text","Binary"]},
          {"transport":"ServerSentEvents","transferFormats":["Text"]},
          {"transport":"LongPolling","transferFormats":["Text","Binary"]}]
        """;

    public static void Map(WebApplication app)
    {
        app.MapPost("/redirect/negotiate", (HttpRequest request) => Json($$"""{"url":"{{Root(request)}}/hub?from=redirect","accessToken":"redirected"}"""));
        app.MapPost("/redirect-without-token/negotiate", (HttpRequest request) => Json($$"""{"url":"{{Root(request)}}/hub"}"""));
        app.MapPost("/loop/negotiate", (HttpRequest request) => Json($$"""{"url":"{{Root(request)}}/loop"}"""));
        app.MapPost("/error/negotiate", () => Json("""{"error":"The client requested version '-1', but the server does not support this version."}"""));
        app.MapPost("/classic/negotiate", () => Json("""{"Url":"/signalr","ConnectionToken":"t","ProtocolVersion":"2.1"}"""));
        app.MapPost("/busy/negotiate", () => Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        app.MapPost("/lost/negotiate", () => Json($$"""{"negotiateVersion":1,"connectionId":"public","connectionToken":"nowhere",{{AllTransports}}}"""));
        app.MapGet("/lost", () => Results.Text("No Connection with that ID", statusCode: StatusCodes.Status404NotFound));
        app.MapGet("/plain", () => "ok");
        var first = true;
        app.MapGet("/once", () => Interlocked.Exchange(ref first, false) ? Results.Ok() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        app.MapPost("/odd-token/negotiate", () => Json($$"""{"negotiateVersion":1,"connectionId":"public","connectionToken":"-a_b.g1~c",{{AllTransports}}}"""));
    }

    private static string Root(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    private static IResult Json(string body) => Results.Text(body, "application/json");
}
