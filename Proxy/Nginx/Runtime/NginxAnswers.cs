using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Runtime;

/// <summary>Answers that no node gives.</summary>
internal static class NginxAnswers
{
    /// <summary>nginx's own: closes the connection without an answer.</summary>
    private const int CloseConnection = 444;

    /// <summary>Answers as a <c>return</c> says.</summary>
    public static Task WriteAsync(NginxRequest request, NginxReturn answer)
    {
        var context = request.Context;
        if (answer.Status == CloseConnection)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        if (answer.IsRedirect)
        {
            var address = answer.Text!.Evaluate(request);
            context.Response.Headers.Location = address is ['/', ..] ? Absolute(request, address) : address;
            return WritePageAsync(context, answer.Status);
        }

        if (answer.Text is null && answer.Status >= StatusCodes.Status300MultipleChoices)
        {
            return WritePageAsync(context, answer.Status);
        }

        context.Response.StatusCode = answer.Status;
        return WriteBodyAsync(context, answer.Text?.Evaluate(request) ?? "", TypeOf(request));
    }

    /// <summary>Sends the client to the same path with a slash at its end.</summary>
    public static Task RedirectToSlashAsync(NginxRequest request)
    {
        var query = request.Target.Query;
        request.Context.Response.Headers.Location = Absolute(request, request.Location.Name + (query.Length > 0 ? "?" + query : ""));
        return WritePageAsync(request.Context, StatusCodes.Status301MovedPermanently);
    }

    /// <summary>Answers with a status and a page that says so.</summary>
    public static Task WritePageAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        var title = $"{status} {ReasonPhrases.GetReasonPhrase(status)}".TrimEnd();
        var page = $"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n";
        return WriteBodyAsync(context, page, "text/html");
    }

    /// <summary>The address of a path at the server that was asked.</summary>
    public static string Absolute(NginxRequest request, string path)
    {
        var scheme = request.Context.Request.Scheme;
        var port = request.Context.Connection.LocalPort;
        var isDefault = port == (scheme is "https" ? 443 : 80);
        var host = request.Host.Length > 0 ? request.Host : request.Server.Name;
        return $"{scheme}://{host}{(isDefault ? "" : $":{port}")}{path}";
    }

    private static Task WriteBodyAsync(HttpContext context, string bytes, string type)
    {
        var response = context.Response;
        if (response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        {
            return Task.CompletedTask;
        }

        var body = Encoding.Latin1.GetBytes(bytes);
        response.ContentType = type;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static string TypeOf(NginxRequest request)
    {
        var path = request.Target.Path;
        var dot = path.LastIndexOf('.');
        return dot > path.LastIndexOf('/') && request.Location.Types.TryGetValue(NginxBytes.ToLower(path[(dot + 1)..]), out var type)
            ? type
            : request.Location.DefaultType;
    }
}
