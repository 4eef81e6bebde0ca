namespace LoadTests.Connections;

/// <summary>The URLs of a connection, built from the hub's as official clients build them.</summary>
internal static class HubUrl
{
    /// <summary>The negotiate's URL: the query is kept, and parameters are added only where the query lacks them.</summary>
    public static Uri Negotiate(Uri hub, int version, bool statefulReconnect)
    {
        var builder = new UriBuilder(hub);
        builder.Path = builder.Path.EndsWith('/') ? builder.Path + "negotiate" : builder.Path + "/negotiate";
        var url = builder.Uri;
        if (version > 0 && !HasParameter(url, "negotiateVersion"))
        {
            url = Append(url, $"negotiateVersion={version}");
        }

        return statefulReconnect && !HasParameter(url, "useStatefulReconnect") ? Append(url, "useStatefulReconnect=true") : url;
    }

    /// <summary>The URL of the connection's requests. Official clients do not encode the id, so neither is it encoded here.</summary>
    public static Uri WithId(Uri hub, string id) => Append(hub, "id=" + id);

    public static bool IsWebSocket(Uri url) => url.Scheme is "ws" or "wss";

    public static Uri ToWebSocket(Uri url) => WithScheme(url, url.Scheme is "https" or "wss" ? "wss" : "ws");

    public static Uri ToHttp(Uri url) => WithScheme(url, url.Scheme is "https" or "wss" ? "https" : "http");

    private static Uri Append(Uri url, string parameter)
    {
        var builder = new UriBuilder(url);
        builder.Query = builder.Query.Length > 1 ? builder.Query + "&" + parameter : parameter;
        return builder.Uri;
    }

    // A builder keeps the port it was given, and so does the URL made from it: 80 stays 80.
    private static Uri WithScheme(Uri url, string scheme) => new UriBuilder(url) { Scheme = scheme, Port = url.IsDefaultPort ? -1 : url.Port }.Uri;

    private static bool HasParameter(Uri url, string name) => url.Query.TrimStart('?').Split('&')
        .Any(pair => pair.Split('=')[0].Equals(name, StringComparison.OrdinalIgnoreCase));
}
