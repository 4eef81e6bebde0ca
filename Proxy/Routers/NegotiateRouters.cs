using Proxy.Configuration;

namespace Proxy.Routers;

/// <summary>All routers by name: the built-in ones, those with a parameter, and those registered by an application.</summary>
internal sealed class NegotiateRouters
{
    /// <summary>Decides where a router finds no value in the request.</summary>
    private const string RouterWithoutValue = "weighted";

    private readonly Dictionary<string, INegotiateRouter> _byName;
    private readonly INegotiateRouter _fallback;

    public NegotiateRouters(IEnumerable<INegotiateRouter> registered)
    {
        _byName = new(StringComparer.OrdinalIgnoreCase);
        foreach (var router in registered.OrderBy(router => router.GetType().Assembly != typeof(NegotiateRouters).Assembly))
        {
            _byName[router.Name] = router; // an application's own replaces a built-in one, and the last registered replaces the others
        }

        _fallback = _byName.GetValueOrDefault(RouterWithoutValue) ?? new WeightedRouter();
    }

    /// <summary>Names without a parameter.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>Finds or makes the router of a name.</summary>
    /// <param name="name">As in <c>Gateway:Router</c>.</param>
    /// <param name="miss">For routers that read the node's name from the request.</param>
    /// <returns><see langword="null"/> when there is none; the configuration's reader has refused such a name before.</returns>
    public INegotiateRouter? Find(string name, RouterMiss miss)
    {
        if (_byName.TryGetValue(name, out var router))
        {
            return router;
        }

        if (name.StartsWith("hash:", StringComparison.OrdinalIgnoreCase))
        {
            return RequestValue.TryParse(name[5..]) is { } hashed ? new HashRouter(name, hashed, _fallback) : null;
        }

        return !string.Equals(name, "ip", StringComparison.OrdinalIgnoreCase) && RequestValue.TryParse(name) is { } named
            ? new NamedNodeRouter(name, named, miss, _fallback)
            : null;
    }
}
