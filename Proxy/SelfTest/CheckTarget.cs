namespace Proxy.SelfTest;

/// <summary>What a self-test is run against.</summary>
/// <param name="Hub">Public address of a hub; its query, if any, goes along with each request.</param>
/// <param name="Idle">How long connections are kept without a message; zero: not at all.</param>
/// <param name="AccessToken">Bearer token that the hub asks for; never printed.</param>
internal sealed record CheckTarget(Uri Hub, TimeSpan Idle, string? AccessToken)
{
    /// <summary>Beyond the default of every proxy that we know of; a self-test has to end.</summary>
    public static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(10);

    /// <summary>The address without what might be a secret.</summary>
    public string Shown => Hub.GetLeftPart(UriPartial.Path);

    /// <summary>Reads what an operator gave.</summary>
    public static CheckTarget? TryCreate(string? url, string? idle, TimeSpan defaultIdle, string? accessToken, out string? problem)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var hub) || hub.Scheme is not ("http" or "https"))
        {
            problem = "url must be the public address of a hub, such as https://public.example/hub.";
            return null;
        }

        if (hub.UserInfo.Length > 0 || hub.Fragment.Length > 0)
        {
            problem = "url must hold neither a user nor a fragment.";
            return null;
        }

        var length = defaultIdle;
        if (!string.IsNullOrEmpty(idle) && (!TimeSpan.TryParse(idle, out length) || length < TimeSpan.Zero || length > MaxIdle))
        {
            problem = $"idle is '{idle}' but must be a time such as 00:02:00, at most {MaxIdle:hh\\:mm\\:ss}.";
            return null;
        }

        if (accessToken?.Any(c => c is <= ' ' or >= '\x7f') is true)
        {
            problem = "The access token must be visible ASCII without spaces.";
            return null;
        }

        problem = null;
        return new CheckTarget(hub, length, string.IsNullOrEmpty(accessToken) ? null : accessToken);
    }

    /// <summary>The hub's address with something appended to its path and its query.</summary>
    public Uri With(string path, string query)
    {
        var builder = new UriBuilder(Hub);
        builder.Path = builder.Path.TrimEnd('/') + path;
        builder.Query = builder.Query is { Length: > 1 } own ? $"{own}&{query}" : query;
        return builder.Uri;
    }
}
