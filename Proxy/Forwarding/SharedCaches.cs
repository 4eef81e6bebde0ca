using System.Net.Http.Headers;

namespace Proxy.Forwarding;

/// <summary>Says of a node's answer whether a cache on the way to the clients may keep it and give it to other clients (RFC 9111, section 3).</summary>
/// <remarks>
/// Such a cache gives every field to every client, a <c>Set-Cookie</c> too (section 7.3). An ETag alone is no sign: many servers send one with each page, and a
/// cache that has nothing else to go by must ask again.
/// </remarks>
internal static class SharedCaches
{
    /// <summary>Fields for content delivery networks: RFC 9213, and the older one of Edge Side Includes.</summary>
    private static readonly string[] TargetedFields = ["CDN-Cache-Control", "Surrogate-Control"];

    public static bool MayKeep(HttpRequest request, IHeaderDictionary answer, DateTimeOffset now)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return false;
        }

        foreach (var name in TargetedFields)
        {
            if (answer.TryGetValue(name, out var targeted) && !Forbids(targeted.ToString()))
            {
                return true;
            }
        }

        var control = answer.CacheControl.ToString();
        if (control.Length == 0)
        {
            return answer.LastModified.Count > 0 // a cache may take a share of the time since then (section 4.2.2)
                || (DateTimeOffset.TryParse(answer.Expires.ToString(), null, out var expires) && expires > now);
        }

        if (!CacheControlHeaderValue.TryParse(control, out var rules))
        {
            return true; // what nobody can read may be taken for anything
        }

        return rules is { Private: false, NoStore: false }
            && (rules.Public || rules.SharedMaxAge > TimeSpan.Zero || rules.MaxAge > TimeSpan.Zero
                || answer.ETag.Count > 0 || answer.LastModified.Count > 0); // kept, and asked about before each use
    }

    private static bool Forbids(string control) => CacheControlHeaderValue.TryParse(control, out var rules) && (rules.Private || rules.NoStore);
}
