using System.Net;

namespace LoadTests.Lean;

/// <summary>Where a lean client connects to, taken apart once.</summary>
internal sealed class LeanTarget
{
    private LeanTarget(IPEndPoint endPoint, string host, string path)
    {
        EndPoint = endPoint;
        Host = host;
        Path = path;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The header.</summary>
    public string Host { get; }

    /// <summary>Path and query.</summary>
    public string Path { get; }

    /// <param name="url">Plain HTTP, and no query when it is a hub's.</param>
    /// <param name="cancellationToken">Ends the look-up of the name.</param>
    /// <exception cref="NotSupportedException">It is https.</exception>
    public static async Task<LeanTarget> ResolveAsync(Uri url, CancellationToken cancellationToken)
    {
        if (url.Scheme != Uri.UriSchemeHttp)
        {
            throw new NotSupportedException("The lean client speaks plain HTTP only.");
        }

        var addresses = await Dns.GetHostAddressesAsync(url.DnsSafeHost, cancellationToken);
        return new LeanTarget(new IPEndPoint(addresses[0], url.Port), url.Authority, url.PathAndQuery);
    }
}
