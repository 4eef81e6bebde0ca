namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Affinity:Foreign</c>, and of the nodes that its cookies name.</summary>
internal static class ForeignRules
{
    private const string Root = $"{nameof(GatewayOptions.Affinity)}:{nameof(AffinityOptions.Foreign)}";
    private const string Lost = "no client would be kept on its node by it";

    /// <summary>Each cookie by itself.</summary>
    public static void Check(IReadOnlyList<ForeignCookieOptions> cookies, Problems problems)
    {
        for (var i = 0; i < cookies.Count; i++)
        {
            var (path, cookie) = ($"{Root}:{i}:", cookies[i]);
            if (cookie.Kind is null)
            {
                problems.Error(path + nameof(cookie.Kind), $"is not given but must be one of {EnumNames.List(typeof(ForeignCookieKind))}; {Lost}");
            }

            if (cookie.Cookie is null)
            {
                problems.Error(path + nameof(cookie.Cookie), $"is not given but must be the name of the cookie that the other proxy has set; {Lost}");
            }
            else if (!Tokens.IsToken(cookie.Cookie))
            {
                problems.Error(path + nameof(cookie.Cookie),
                    $"is {Quoted.Value(cookie.Cookie)} but must be a token: letters, digits and !#$%&'*+-.^_`|~ (RFC 6265); {Lost}");
            }

            CheckKey(path, cookie, problems);
            if (cookies.Take(i).Any(other => other.Kind == cookie.Kind && other.Cookie == cookie.Cookie && other.Key == cookie.Key))
            {
                problems.Warn($"{Root}:{i}", "is the same as one before it");
            }
        }
    }

    /// <summary>What depends on the gateway's own cookie, which a cluster may have otherwise.</summary>
    public static void CheckCluster(AffinityOptions affinity, Problems problems)
    {
        var own = affinity.Cookie.Name ?? AffinityCookieOptions.DefaultName;
        for (var i = 0; i < affinity.Foreign.Count; i++)
        {
            if (affinity.Foreign[i] is { Kind: ForeignCookieKind.HaproxyPrefix } cookie && cookie.Cookie == own)
            {
                problems.Error($"{Root}:{i}:{nameof(cookie.Cookie)}",
                    $"is {Quoted.Value(own)}, which is the application's own with the kind 'haproxy-prefix' and the name of the gateway's cookie too; "
                    + "the gateway would overwrite it");
            }
        }

        if (affinity.Foreign.Count > 0 && !affinity.Cookie.Enabled)
        {
            var enabled = problems.Name($"{nameof(GatewayOptions.Affinity)}:{nameof(affinity.Cookie)}:{nameof(affinity.Cookie.Enabled)}");
            problems.Warn(Root, $"is given but {enabled} is 'false'; clients are kept by the other proxy's cookies only, and new ones get none");
        }
    }

    /// <summary>Whether the cookies can name the nodes.</summary>
    /// <param name="cookies">The list.</param>
    /// <param name="nodes">The nodes of all clusters that take part.</param>
    /// <param name="problems">Takes in what is wrong, at whole keys.</param>
    public static void CheckNodes(IReadOnlyList<ForeignCookieOptions> cookies, IReadOnlyList<NamedNode> nodes, Problems problems)
    {
        for (var i = 0; i < cookies.Count && nodes.Count > 0; i++)
        {
            if (cookies[i].Kind is { } kind)
            {
                CheckNames($"{GatewayOptions.SectionName}:{Root}:{i}", kind, nodes, problems);
            }
        }

        var kinds = cookies.Select(static cookie => cookie.Kind).OfType<ForeignCookieKind>().Distinct().ToArray();
        foreach (var node in nodes.Where(node => node.Options.ForeignKey is { } key && kinds.Length > 0 && !kinds.Any(kind => ForeignNames.Takes(kind, key))))
        {
            problems.Error(node.Key, $"is {Quoted.Value(node.Options.ForeignKey)} but must be {string.Join(", or ", kinds.Select(ForeignNames.Form))} "
                + $"({GatewayOptions.SectionName}:{Root}); clients of the other proxy would not be kept on the node");
        }
    }

    // What only one proxy needs is useless for another, and HAProxy's values cannot be told without it.
    private static void CheckKey(string path, ForeignCookieOptions cookie, Problems problems)
    {
        if (cookie.Kind is ForeignCookieKind.HaproxyDynamic && string.IsNullOrEmpty(cookie.Key))
        {
            problems.Error(path + nameof(cookie.Key), $"is not given but must be the dynamic-cookie-key of HAProxy; {Lost}");
        }
        else if (cookie.Kind is not (null or ForeignCookieKind.HaproxyDynamic) && cookie.Key is not null)
        {
            problems.Error(path + nameof(cookie.Key), $"is given but {problems.Name(path + nameof(cookie.Kind))} is '{EnumNames.Text(cookie.Kind)}'; "
                + "it would have no effect, since only 'haproxy-dynamic' has a key");
        }
    }

    private static void CheckNames(string path, ForeignCookieKind kind, IReadOnlyList<NamedNode> nodes, Problems problems)
    {
        var kindText = EnumNames.Text(kind);
        var named = nodes.Select(node => (Node: node, Names: node.NamesOf(kind))).ToArray();
        if (named.All(static pair => pair.Names.Count == 0))
        {
            problems.Error($"{path}:{nameof(ForeignCookieOptions.Kind)}", $"is '{kindText}' but no node has a {nameof(NodeOptions.ForeignKey)}, "
                + $"which is {ForeignNames.Form(kind)}; no cookie would name a node");
            return;
        }

        foreach (var cluster in named.GroupBy(static pair => pair.Node.ClusterId, StringComparer.OrdinalIgnoreCase))
        {
            // Another cluster may not have been behind that proxy at all.
            foreach (var (node, _) in cluster.Where(pair => pair.Names.Count == 0 && cluster.Any(static other => other.Names.Count > 0)))
            {
                problems.Warn(node.Key, $"is not given but {path} ('{kindText}') needs it: {ForeignNames.Form(kind)}; "
                    + "clients that the other proxy has kept on this node go to any node");
            }

            foreach (var same in cluster.SelectMany(static pair => pair.Names.Select(name => (Name: name, pair.Node)))
                .GroupBy(static pair => pair.Name, static pair => pair.Node.Name, StringComparer.Ordinal).Where(static group => group.Count() > 1))
            {
                problems.Warn(path, $"('{kindText}') has the same value for the nodes {string.Join(" and ", same.Order(StringComparer.Ordinal))}, "
                    + $"which are both {Quoted.Value(same.Key)} there; it is not honoured");
            }
        }
    }

    /// <summary>A node of some cluster.</summary>
    /// <param name="ClusterId">Its cluster.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Options">Its options.</param>
    /// <param name="Key">The whole key of its <see cref="NodeOptions.ForeignKey"/>.</param>
    internal sealed record NamedNode(string ClusterId, string Name, NodeOptions Options, string Key)
    {
        public IReadOnlyList<string> NamesOf(ForeignCookieKind kind) => ForeignNames.Of(kind, Name, Options.Address, Options.ForeignKey);
    }
}
