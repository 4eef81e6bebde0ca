using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Runtime;

/// <summary>Serves a request as nginx would: it chooses the server and the location, and answers or leaves the request to YARP.</summary>
/// <remarks>
/// 1. Read the target. 2. Choose the server. 3. Drop fields that nginx does not take. 4. Answer for the server. 5. Choose the location.
/// 6. Answer for the location. 7. Limit the body. 8. Settle whether the connection may be switched to WebSocket. 9. Set the endpoint of the cluster.
/// </remarks>
internal sealed class NginxMiddleware(RequestDelegate next, NginxRuntime runtime)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            if (!await AnswerAsync(context))
            {
                await next(context);
            }
        }
        catch (RegexMatchTimeoutException) when (!context.Response.HasStarted)
        {
            await NginxAnswers.WritePageAsync(context, StatusCodes.Status500InternalServerError);
        }
    }

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        // 1. Read the target.
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (NginxTarget.TryRead(rawTarget) is not { } target)
        {
            await NginxAnswers.WritePageAsync(context, StatusCodes.Status400BadRequest);
            return true;
        }

        // 2. Choose the server.
        var host = HostOf(context.Request.Headers.Host.ToString());
        var server = runtime.Model.ListenOf(context.Connection, context.Request.IsHttps).Find(host);
        var request = new NginxRequest(context, target, host, server);
        context.Features.Set(request);
        context.Response.OnStarting(AddedFields.WriteAsync, request);

        // 3. Drop fields that nginx does not take.
        DropInvalidFields(context.Request.Headers);

        // 4. Answer for the server.
        if (server.Root.Return is { } serverAnswer)
        {
            await NginxAnswers.WriteAsync(request, serverAnswer);
            return true;
        }

        // 5. Choose the location.
        var (location, needsSlash) = LocationFinder.Find(server.Root, target.Path);
        request.Location = location;
        if (needsSlash)
        {
            await NginxAnswers.RedirectToSlashAsync(request);
            return true;
        }

        // 6. Answer for the location.
        if (location.Return is { } answer)
        {
            await NginxAnswers.WriteAsync(request, answer);
            return true;
        }

        if (location.Proxy is not { } proxy)
        {
            await NginxAnswers.WritePageAsync(context, StatusCodes.Status404NotFound);
            return true;
        }

        // 7. Limit the body.
        if (context.Request.ContentLength > location.MaxBodyBytes)
        {
            await NginxAnswers.WritePageAsync(context, StatusCodes.Status413PayloadTooLarge);
            return true;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = location.MaxBodyBytes;
        }

        // 8. Settle whether the connection may be switched to WebSocket.
        if (!Upgrades(request, proxy))
        {
            context.Request.Headers.Remove(HeaderNames.Upgrade);
            if (HttpMethods.IsConnect(context.Request.Method))
            {
                await NginxAnswers.WritePageAsync(context, StatusCodes.Status405MethodNotAllowed);
                return true;
            }
        }

        // 9. Set the endpoint of the cluster.
        if (runtime.EndpointOf(proxy.ClusterId) is not { } endpoint)
        {
            await NginxAnswers.WritePageAsync(context, StatusCodes.Status502BadGateway);
            return true;
        }

        context.SetEndpoint(endpoint);
        return false;
    }

    /// <summary>The host of a request in lower case, without port and a dot at the end.</summary>
    internal static string HostOf(string field)
    {
        var colon = field.IndexOf(':', Math.Max(field.IndexOf(']', StringComparison.Ordinal), 0));
        var host = colon < 0 ? field : field[..colon];
        return NginxBytes.ToLower(host is [.., '.'] ? host[..^1] : host);
    }

    // nginx passes on the fields Upgrade and Connection only where the configuration says so, and needs HTTP/1.1 for it.
    private static bool Upgrades(NginxRequest request, NginxProxy proxy)
    {
        // An extended CONNECT of HTTP/2 has neither field; what the configuration makes of them is asked as if it had.
        var isConnect = HttpMethods.IsConnect(request.Context.Request.Method);
        var headers = request.Context.Request.Headers;
        if (!isConnect && headers.Upgrade.Count == 0)
        {
            return false;
        }

        if (isConnect)
        {
            headers.Upgrade = "websocket";
        }

        var upgrade = Value(request, proxy, HeaderNames.Upgrade);
        var connection = Value(request, proxy, HeaderNames.Connection);
        if (isConnect)
        {
            headers.Remove(HeaderNames.Upgrade);
        }

        return proxy.AllowsUpgrade && upgrade.Length > 0 && connection.Contains("upgrade", StringComparison.OrdinalIgnoreCase);
    }

    private static string Value(NginxRequest request, NginxProxy proxy, string name)
    {
        foreach (var field in proxy.Fields)
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return field.Value.Evaluate(request);
            }
        }

        return "";
    }

    private static void DropInvalidFields(IHeaderDictionary headers)
    {
        List<string>? invalid = null;
        foreach (var (name, _) in headers)
        {
            if (name is not [':', ..] && name.AsSpan().ContainsAnyExcept(ValidCharacters))
            {
                (invalid ??= []).Add(name);
            }
        }

        foreach (var name in invalid ?? [])
        {
            headers.Remove(name);
        }
    }

    private static readonly System.Buffers.SearchValues<char> ValidCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}
