using System.Net;
using System.Net.Sockets;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:ForwardedHeaders</c>.</summary>
internal static class NetworkRules
{
    public static void Check(TrustedProxyOptions forwarded, Problems problems)
    {
        for (var i = 0; i < forwarded.TrustedProxies.Count; i++)
        {
            var path = $"{nameof(GatewayOptions.ForwardedHeaders)}:{nameof(forwarded.TrustedProxies)}:{i}";
            var text = forwarded.TrustedProxies[i];
            if (Problem(text) is { } problem)
            {
                problems.Error(path, $"is {Quoted.Value(text)} but must be a network such as 10.0.0.0/8 or fd00::/8; {problem}");
            }
            else if (text.EndsWith("/0", StringComparison.Ordinal))
            {
                problems.Warn(path, $"is {Quoted.Value(text)}, so everybody can claim any address in X-Forwarded-For");
            }
        }
    }

    // IPNetwork.Parse takes more than is meant: it drops host bits, and reads 010.0.0.0 as 8.0.0.0.
    private static string? Problem(string text)
    {
        if (IPAddress.TryParse(text, out var single))
        {
            return $"one address is written {text}/{(single.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}";
        }

        if (!IPNetwork.TryParse(text, out var network))
        {
            return "whose headers to trust would be a guess";
        }

        var address = text[..text.IndexOf('/', StringComparison.Ordinal)];
        if (!IPAddress.Parse(address).Equals(network.BaseAddress))
        {
            return $"the network of this address is {network}";
        }

        return network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && address != network.BaseAddress.ToString()
            ? $"written plainly it is {network}"
            : null;
    }
}
