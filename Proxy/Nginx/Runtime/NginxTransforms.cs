using System.Buffers;
using System.Text;
using Microsoft.Net.Http.Headers;
using Proxy.Configuration;
using Proxy.Nginx.Model;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Proxy.Nginx.Runtime;

/// <summary>Makes the node's request and the client's answer as nginx would.</summary>
internal sealed class NginxTransforms : ITransformProvider
{
    // These are of one connection, and nginx drops them.
    private static readonly string[] Dropped = ["TE", "Keep-Alive", "Expect"];

    // What nginx takes out of an answer unless it is told to pass it on.
    private static readonly string[] HiddenByDefault =
        ["Date", "Server", "X-Pad", "X-Accel-Expires", "X-Accel-Redirect", "X-Accel-Limit-Rate", "X-Accel-Buffering", "X-Accel-Charset"];

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // ngx_escape_uri for a path that is sent on changed; bytes above ASCII are escaped, too.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~");

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (!StickyCluster.IsChosen(context.Cluster))
        {
            return;
        }

        // The address is made before the gateway takes the tag out of it, the fields after it has dropped what the client's Connection names, and an answer is
        // changed before the gateway sends any of it.
        context.RequestTransforms.Insert(0, new RequestFuncTransform(SetTarget));
        context.RequestTransforms.Add(new RequestFuncTransform(SetFields));
        context.ResponseTransforms.Insert(0, new ResponseFuncTransform(ChangeAnswer));
    }

    private static ValueTask SetTarget(RequestTransformContext context)
    {
        if (context.HttpContext.Features.Get<NginxRequest>() is { Location.Proxy: { } proxy } request)
        {
            context.ProxyRequest.RequestUri = new Uri(context.DestinationPrefix.TrimEnd('/') + TargetFor(request, proxy), Verbatim);
        }

        return default;
    }

    /// <summary>The target that a node is asked for.</summary>
    internal static string TargetFor(NginxRequest request, NginxProxy proxy)
    {
        var target = request.Target;
        if (proxy.Path is null)
        {
            return target.Raw;
        }

        var rest = target.Path[Math.Min(request.Location.Name.Length, target.Path.Length)..];
        return proxy.Path + (target.IsEscaped ? Escape(rest) : rest) + (target.Query.Length > 0 ? "?" + target.Query : "");
    }

    private static string Escape(string path)
    {
        if (!path.AsSpan().ContainsAnyExcept(Plain))
        {
            return path;
        }

        var escaped = new StringBuilder(path.Length + 16);
        foreach (var octet in path)
        {
            _ = Plain.Contains(octet) ? escaped.Append(octet) : escaped.Append($"%{(int)octet:X2}");
        }

        return escaped.ToString();
    }

    private static ValueTask SetFields(RequestTransformContext context)
    {
        if (context.HttpContext.Features.Get<NginxRequest>() is { Location.Proxy: { } proxy } request)
        {
            foreach (var name in Dropped)
            {
                context.ProxyRequest.Headers.Remove(name);
            }

            context.ProxyRequest.Headers.Remove(HeaderNames.Host);
            context.ProxyRequest.Headers.TryAddWithoutValidation(HeaderNames.Host, proxy.Host);

            // All are removed before one is added: two of one name are both sent.
            foreach (var field in proxy.Fields)
            {
                if (!IsOfConnection(field.Name, context.ProxyRequest))
                {
                    Remove(context.ProxyRequest, field.Name);
                }
            }

            foreach (var field in proxy.Fields)
            {
                if (!IsOfConnection(field.Name, context.ProxyRequest) && field.Value.Evaluate(request) is { Length: > 0 } value)
                {
                    Add(context.ProxyRequest, field.Name, value);
                }
            }
        }

        return default;
    }

    // Connection and Upgrade have decided about WebSockets already; the gateway writes them itself. An answer that the gateway has to read comes uncoded.
    private static bool IsOfConnection(string name, HttpRequestMessage request) =>
        name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase)
        || (name.Equals(HeaderNames.AcceptEncoding, StringComparison.OrdinalIgnoreCase)
            && request.Headers.NonValidated.TryGetValues(HeaderNames.AcceptEncoding, out var coding) && coding.ToString() is "identity");

    private static void Remove(HttpRequestMessage request, string name)
    {
        // Removing a field of the other kind throws.
        if (request.Headers.NonValidated.Contains(name))
        {
            request.Headers.Remove(name);
        }
        else if (request.Content is { } content && content.Headers.NonValidated.Contains(name))
        {
            content.Headers.Remove(name);
        }
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.TryAddWithoutValidation(name, value))
        {
            request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static ValueTask ChangeAnswer(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not null && context.HttpContext.Features.Get<NginxRequest>() is { Location.Proxy: { } proxy } request)
        {
            var headers = context.HttpContext.Response.Headers;
            foreach (var name in HiddenByDefault)
            {
                headers.Remove(name);
            }

            foreach (var name in proxy.Hidden)
            {
                headers.Remove(name);
            }

            if (proxy.RedirectFrom is { } from && headers.Location is [{ } location] && location.StartsWith(from, StringComparison.Ordinal))
            {
                var changed = proxy.RedirectTo + location[from.Length..];
                headers.Location = changed is ['/', ..] ? NginxAnswers.Absolute(request, changed) : changed;
            }
        }

        return default;
    }

    private sealed class RequestFuncTransform(Func<RequestTransformContext, ValueTask> apply) : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context) => apply(context);
    }

    private sealed class ResponseFuncTransform(Func<ResponseTransformContext, ValueTask> apply) : ResponseTransform
    {
        public override ValueTask ApplyAsync(ResponseTransformContext context) => apply(context);
    }
}
