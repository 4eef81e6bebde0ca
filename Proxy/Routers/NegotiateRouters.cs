using Proxy.Configuration;

namespace Proxy.Routers;

/// <summary>All routers by name: the built-in ones, those with a parameter, and those that an application registers.</summary>
internal sealed class NegotiateRouters : IRouterNames
{
    /// <summary>Decides where a router finds no value in the request.</summary>
    private const string RouterWithoutValue = "weighted";

    private readonly Dictionary<string, INegotiateRouter> _byName;
    private readonly IRouterFamily[] _families;
    private readonly INegotiateRouter _fallback;

    public NegotiateRouters(IEnumerable<INegotiateRouter> registered, IEnumerable<IRouterFamily> families)
    {
        var builtIn = typeof(NegotiateRouters).Assembly;
        _byName = new(StringComparer.OrdinalIgnoreCase);
        foreach (var router in registered.OrderBy(router => router.GetType().Assembly != builtIn))
        {
            _byName[router.Name] = router; // an application's own router wins, so that it can replace a built-in one; among its own the last one does
        }

        _families = [.. families];
        _fallback = _byName.GetValueOrDefault(RouterWithoutValue) ?? new WeightedRouter();
        Forms =
        [
            .. _byName.Where(router => router.Value.GetType().Assembly == builtIn).Select(router => router.Key),
            .. _families.SelectMany(family => family.Forms),
            .. _byName.Where(router => router.Value.GetType().Assembly != builtIn).Select(router => router.Key),
        ];
    }

    public IReadOnlyCollection<string> Forms { get; }

    public bool Contains(string name) => Find(name, RouterMiss.Fallback) is not null;

    /// <summary>Finds or makes the router of a name.</summary>
    /// <param name="name">As in <c>Gateway:Router</c>.</param>
    /// <param name="miss">For routers that read the node's name from the request.</param>
    /// <returns><see langword="null"/> when there is none; the configuration's reader has refused such a name before.</returns>
    public INegotiateRouter? Find(string name, RouterMiss miss) =>
        _byName.GetValueOrDefault(name) ?? _families.Select(family => family.Create(name, miss, _fallback)).FirstOrDefault(router => router is not null);
}
