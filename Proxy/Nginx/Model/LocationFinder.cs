namespace Proxy.Nginx.Model;

/// <summary>Chooses a location as nginx does.</summary>
/// <remarks>
/// A name that is the whole path wins at once. Otherwise the longest name that the path begins with is remembered, with the locations inside of it searched the
/// same way; then the expressions beside it are tried in their order, unless it is a <c>^~</c>, and the remembered one is taken when none matches.
/// </remarks>
internal static class LocationFinder
{
    private enum Found
    {
        Nothing,
        Prefix,
        Final,
        Redirect,
    }

    /// <summary>Finds the location of a path.</summary>
    /// <param name="root">The server's settings, which are meant where no location matches.</param>
    /// <param name="path">The path, decoded and resolved.</param>
    /// <returns>The location, and whether the client is to come again with a slash at the end of the path.</returns>
    public static (NginxLocation Location, bool NeedsSlash) Find(NginxLocation root, string path)
    {
        var (found, location) = Search(root, path);
        return (location, found is Found.Redirect);
    }

    private static (Found Found, NginxLocation Location) Search(NginxLocation scope, string path)
    {
        var (found, location) = SearchNames(scope, path);
        var isFinal = false;
        if (found is Found.Prefix)
        {
            isFinal = location.Kind is LocationKind.FinalPrefix;
            (found, location) = Search(location, path);
        }

        if (found is Found.Final or Found.Redirect || isFinal)
        {
            return (found, location);
        }

        foreach (var expression in scope.Expressions)
        {
            if (expression.Expression!.IsMatch(path))
            {
                return (Found.Final, Search(expression, path).Location);
            }
        }

        return (found, location);
    }

    private static (Found Found, NginxLocation Location) SearchNames(NginxLocation scope, string path)
    {
        if (scope.Exact.TryGetValue(path, out var exact))
        {
            return (Found.Final, exact);
        }

        NginxLocation? longest = null;
        NginxLocation? withSlash = scope.Exact.TryGetValue(path + "/", out var exactWithSlash) && exactWithSlash.RedirectsToSlash ? exactWithSlash : null;
        foreach (var prefix in scope.Prefixes)
        {
            if (longest is null && path.StartsWith(prefix.Name, StringComparison.Ordinal))
            {
                longest = prefix;
            }
            else if (exactWithSlash is null && prefix.RedirectsToSlash && prefix.Name.Length == path.Length + 1
                && prefix.Name.StartsWith(path, StringComparison.Ordinal))
            {
                withSlash = prefix;
            }
        }

        return withSlash is not null && longest?.Name.Length != path.Length ? (Found.Redirect, withSlash)
            : longest is not null ? (Found.Prefix, longest)
            : (Found.Nothing, scope);
    }
}
