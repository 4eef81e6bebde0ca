using System.Collections.Frozen;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Proxy.Listeners;

/// <summary>The names that an endpoint answers for. It is never changed; a reload makes another.</summary>
/// <remarks>As in Kestrel: an endpoint with <c>Sni</c> refuses names that are not in it; an exact name comes first, then the longest wildcard, then <c>*</c>.
/// An entry that has had no usable certificate yet is passed over, and what it would have hidden answers as before.</remarks>
internal sealed class TlsEndpoint
{
    private readonly string _name;
    private readonly TlsEntry? _only;
    private readonly FrozenDictionary<string, TlsEntry> _exact;
    private readonly (string Suffix, TlsEntry Entry)[] _wildcards;
    private readonly TlsEntry? _any;

    /// <param name="name">The endpoint's name.</param>
    /// <param name="only">For every client, where there are no names.</param>
    /// <param name="names">By name.</param>
    public TlsEndpoint(string name, TlsEntry? only, IReadOnlyDictionary<string, TlsEntry> names)
    {
        _name = name;
        _only = names.Count == 0 ? only : null;
        _any = names.GetValueOrDefault("*");
        _exact = names.Where(static entry => !entry.Key.StartsWith('*')).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _wildcards =
        [
            .. names.Where(static entry => entry.Key.StartsWith("*.", StringComparison.Ordinal)).Select(static entry => (entry.Key[1..], entry.Value))
                .OrderByDescending(static entry => entry.Item1.Length),
        ];
    }

    /// <exception cref="AuthenticationException">The endpoint does not answer for the name that the client asks for.</exception>
    public SslServerAuthenticationOptions Greet(TlsHandshakeCallbackContext handshake)
    {
        var asked = handshake.ClientHelloInfo.ServerName;
        foreach (var entry in Candidates(asked))
        {
            if (entry?.Certificate.Current is { } certificate)
            {
                return entry.CreateOptions(certificate, handshake);
            }
        }

        throw new AuthenticationException($"Endpoint '{_name}' has no certificate for the name that the client asks for.");
    }

    private IEnumerable<TlsEntry?> Candidates(string? asked)
    {
        yield return _only;
        if (!string.IsNullOrEmpty(asked))
        {
            yield return _exact.GetValueOrDefault(asked);
            foreach (var (suffix, entry) in _wildcards)
            {
                if (asked.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                {
                    yield return entry;
                }
            }
        }

        yield return _any;
    }
}
