using System.Net;
using System.Security.Cryptography;
using System.Text;
using Proxy.Admin.Dashboard;
using Proxy.Configuration;

namespace Proxy.Admin;

/// <summary>Refuses callers of the admin API: web pages that reach it by DNS rebinding or across sites, and callers without the key.</summary>
internal sealed class AdminGuard(RequestDelegate next, LiveConfiguration live)
{
    private const string Bearer = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        var options = live.Current.Options.Admin;
        if (context.Request.Path.StartsWithSegments("/healthz", StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        if (!IsKnownHost(context.Request.Host.Host, options.AllowedHosts))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "This host name is not in Gateway:Admin:AllowedHosts.");
        }

        // The page holds no data and cannot be framed, so a link of another site may open it; the page asks for the key itself.
        if (DashboardPage.Contains(context.Request))
        {
            return next(context);
        }

        if (IsCrossSite(context.Request))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "Cross-site requests are refused.");
        }

        if (options.ApiKey is { Length: > 0 } key && !HasKey(context.Request, key))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "Authorization: Bearer with Gateway:Admin:ApiKey is needed.");
        }

        return next(context);
    }

    private static bool IsKnownHost(string host, IReadOnlyList<string> allowed) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out _)
        || allowed.Any(name => string.Equals(name, host, StringComparison.OrdinalIgnoreCase));

    private static bool IsCrossSite(HttpRequest request)
    {
        if (request.Headers.Origin is { Count: > 0 } origin)
        {
            return !Uri.TryCreate(origin, UriKind.Absolute, out var from)
                || !string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
        }

        return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
    }

    private static bool HasKey(HttpRequest request, string key)
    {
        var given = request.Headers.Authorization.ToString();
        return given.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(given[Bearer.Length..])), SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ErrorJson(reason), AdminJson.Answers.ErrorJson);
    }
}
