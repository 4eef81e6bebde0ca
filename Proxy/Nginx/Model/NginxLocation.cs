namespace Proxy.Nginx.Model;

/// <summary>A <c>location</c>, or the settings of a server outside of its locations.</summary>
/// <param name="kind">How it is matched.</param>
/// <param name="name">The path, or the expression, as written.</param>
internal sealed class NginxLocation(LocationKind kind, string name)
{
    public LocationKind Kind => kind;

    public string Name => name;

    /// <summary>For <see cref="LocationKind.Expression"/>.</summary>
    public NginxExpression? Expression { get; init; }

    /// <summary>Locations that are matched with the whole path.</summary>
    public Dictionary<string, NginxLocation> Exact { get; } = new(StringComparer.Ordinal);

    /// <summary>Locations that are matched with the beginning of the path, the longest first.</summary>
    public List<NginxLocation> Prefixes { get; } = [];

    /// <summary>Locations with an expression, in the order of the configuration.</summary>
    public List<NginxLocation> Expressions { get; } = [];

    /// <summary>An answer that is given at once.</summary>
    public NginxReturn? Return { get; set; }

    /// <summary>Where requests are sent.</summary>
    public NginxProxy? Proxy { get; set; }

    /// <summary>Fields that are added to the answer.</summary>
    public IReadOnlyList<NginxField> AddedFields { get; set; } = [];

    /// <summary>The largest body of a request in bytes; <see langword="null"/>: any.</summary>
    public long? MaxBodyBytes { get; set; }

    /// <summary>Type of the content of <see cref="Return"/> by the extension of the path.</summary>
    public IReadOnlyDictionary<string, string> Types { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Type of other content.</summary>
    public string DefaultType { get; set; } = "text/plain";

    /// <summary>Whether a path without the slash at the end of the name is redirected to the one with it.</summary>
    public bool RedirectsToSlash => Proxy is not null && Kind is not LocationKind.Expression && Name.EndsWith('/');
}
