using System.Buffers;

namespace Proxy.Configuration;

/// <summary>What must hold for <c>Gateway:Negotiate:Redirect</c>.</summary>
internal static class RedirectRules
{
    private const string Root = $"{nameof(GatewayOptions.Negotiate)}:";

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    public static void Check(NegotiationOptions negotiate, Problems problems)
    {
        if (negotiate.AccessToken is not { } token)
        {
            return;
        }

        if (token.Length == 0 || token.AsSpan().ContainsAnyExcept(TokenCharacters))
        {
            problems.Error(Root + nameof(negotiate.AccessToken), "must be letters, digits and -._~+/= (RFC 6750); clients could not send it");
        }
        else if (!negotiate.Redirect)
        {
            problems.Error(Root + nameof(negotiate.AccessToken),
                $"is given but {problems.Name(Root + nameof(negotiate.Redirect))} is 'false'; it would have no effect, since only redirected clients get it");
        }
    }

    /// <summary>Every node of a cluster that redirects has an address for clients.</summary>
    /// <param name="negotiate">The cluster's options.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="prefixOf">What stands before the name of a node's option.</param>
    /// <param name="problems">Takes in the errors.</param>
    public static void CheckNodes(
        NegotiationOptions negotiate, IEnumerable<KeyValuePair<string, NodeOptions>> nodes, Func<string, string> prefixOf, Problems problems)
    {
        foreach (var (name, _) in nodes.Where(node => negotiate.Redirect && node.Value.PublicUrl is null))
        {
            problems.Error(prefixOf(name) + nameof(NodeOptions.PublicUrl),
                $"is not given but {GatewayOptions.SectionName}:{Root}{nameof(negotiate.Redirect)} is 'true'; clients could not be sent to the node");
        }
    }
}
