namespace Proxy.Configuration;

/// <summary>What must hold for <c>Gateway:Router</c> and <c>Gateway:Hubs</c>.</summary>
internal static class RouterRules
{
    public static void Check(GatewayOptions options, IReadOnlyCollection<string> registered, Problems problems)
    {
        if (!RouterName.TryParse(options.Router, registered, out _))
        {
            var near = NearestName.Find(options.Router, RouterName.Plain.Concat(registered).Append("hash:ip"));
            var own = registered.Except(RouterName.Plain, StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
            var known = own.Count == 0 ? "" : $", or one registered in code: {string.Join(", ", own)}";
            problems.Error(nameof(options.Router), $"is {Quoted.Value(options.Router)} but must be one of {RouterName.Forms}{known}"
                + (near is null ? "" : $"; the nearest is '{near}'") + "; nobody would pick the node of a new connection");
        }

        for (var i = 0; i < options.Hubs.Count; i++)
        {
            var hub = options.Hubs[i];
            if (!hub.StartsWith('/') || hub.Any(c => c is '?' or '#' or '*' || char.IsWhiteSpace(c) || char.IsControl(c)))
            {
                problems.Error($"{nameof(options.Hubs)}:{i}", $"is {Quoted.Value(hub)} but must be a path such as /chat, without query or wildcard; no request would match it");
            }
            else if (hub.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase))
            {
                problems.Error($"{nameof(options.Hubs)}:{i}", $"is {Quoted.Value(hub)} but must be the hub's path, without /negotiate; no request would match it");
            }
            else if (hub == "/")
            {
                problems.Warn($"{nameof(options.Hubs)}:{i}", "is '/', so every request with an 'id' in its query is taken for a connection's");
            }
        }
    }
}
