namespace Proxy.Configuration;

/// <summary>What must hold for <c>Gateway:Router</c> and <c>Gateway:Hubs</c>.</summary>
internal static class RouterRules
{
    public static void Check(GatewayOptions options, IRouterNames routers, Problems problems)
    {
        if (!routers.Contains(options.Router))
        {
            var near = NearestName.Find(options.Router, routers.Forms);
            problems.Error(nameof(options.Router), $"is {Quoted.Value(options.Router)} but must be one of {string.Join(", ", routers.Forms)}"
                + (near is null ? "" : $"; the nearest is '{near}'") + "; nobody would pick the node of a new connection");
        }

        for (var i = 0; i < options.Hubs.Count; i++)
        {
            var hub = options.Hubs[i];
            if (!hub.StartsWith('/') || hub.Any(c => c is '?' or '#' or '*' || char.IsWhiteSpace(c) || char.IsControl(c)))
            {
                problems.Error($"{nameof(options.Hubs)}:{i}",
                    $"is {Quoted.Value(hub)} but must be a path such as /chat, without query or wildcard; no request would match it");
            }
            else if (hub.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase))
            {
                problems.Error(
                    $"{nameof(options.Hubs)}:{i}", $"is {Quoted.Value(hub)} but must be the hub's path, without /negotiate; no request would match it");
            }
            else if (hub == "/")
            {
                problems.Warn($"{nameof(options.Hubs)}:{i}", "is '/', so every request with an 'id' in its query is taken for a connection's");
            }
        }
    }
}
