namespace Proxy.Nginx.Model;

/// <summary>What nginx knows of a request; a feature of its HttpContext.</summary>
/// <param name="context">The request.</param>
/// <param name="target">Its target.</param>
/// <param name="host">The host that it asks for, in lower case and without port.</param>
/// <param name="server">The server that answers it.</param>
internal sealed class NginxRequest(HttpContext context, NginxTarget target, string host, NginxServer server)
{
    public HttpContext Context => context;

    public NginxTarget Target => target;

    public string Host => host;

    public NginxServer Server => server;

    /// <summary>The location that was chosen; the server's own settings before.</summary>
    public NginxLocation Location { get; set; } = server.Root;

    /// <summary>How many maps within maps are being evaluated: one could name itself.</summary>
    public int MapDepth { get; set; }
}
