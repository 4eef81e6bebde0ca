using System.Collections.Frozen;

namespace Proxy.Admin.Dashboard;

/// <summary><c>GET /</c> of the admin listener: a page whose files travel inside the assembly. It holds no data; its script asks the admin API.</summary>
internal static class DashboardPage
{
    private const string Start = "index.html";
    private const string Folder = "/dashboard/";
    private const string Resources = "Dashboard/";

    // The page loads from this listener and from no other place; it has no inline script or style, no frame around it, and no markup made of strings.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly FrozenDictionary<string, (byte[] Content, string Type)> Files = ReadFiles();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpResponse response) => Send(response, Start));
        routes.MapGet(Folder + "{file}", (HttpResponse response, string file) => Send(response, file));
    }

    /// <summary>Whether a request is for the page's own files: a browser has no key to send before its script runs.</summary>
    public static bool Contains(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && (request.Path.Value is "/" || request.Path.StartsWithSegments(Folder.TrimEnd('/'), StringComparison.Ordinal));

    private static IResult Send(HttpResponse response, string name)
    {
        if (!Files.TryGetValue(name, out var file))
        {
            return Results.NotFound();
        }

        var headers = response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache"; // A script of one version with a page of another is worse than a small download.
        return Results.Bytes(file.Content, file.Type);
    }

    private static FrozenDictionary<string, (byte[] Content, string Type)> ReadFiles()
    {
        var assembly = typeof(DashboardPage).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Resources, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Resources.Length..], Read, StringComparer.Ordinal);

        (byte[] Content, string Type) Read(string name)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return (content, TypeOf(Path.GetExtension(name)));
        }
    }

    private static string TypeOf(string extension) => extension switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
}
