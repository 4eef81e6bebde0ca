using System.Net;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Admin</c>: a caller of the listener can keep every node from taking connections.</summary>
internal static class AdminRules
{
    private const string Root = nameof(GatewayOptions.Admin) + ":";
    private const string Url = Root + nameof(AdminOptions.Url);
    private const string ApiKey = Root + nameof(AdminOptions.ApiKey);
    private const int AdvisedKeyLength = 16;

    public static void Check(AdminOptions admin, Problems problems)
    {
        if (admin.Url is not null && CheckUrl(admin.Url, problems) is { } host && admin.ApiKey is null && !IsLoopback(host))
        {
            problems.Error(Url, $"is {Quoted.Value(admin.Url)}, which others can reach, but {problems.Name(ApiKey)} is not set; "
                + "anybody could drain nodes and look at connections: set the key, or listen on 127.0.0.1");
        }

        if (admin.ApiKey is { } key)
        {
            if (key.Any(c => c is <= ' ' or > '~'))
            {
                problems.Error(ApiKey, "(not shown) must be visible ASCII without spaces; no Authorization header could carry it");
            }
            else if (key.Length < AdvisedKeyLength)
            {
                problems.Warn(ApiKey, $"has {key.Length} characters; {AdvisedKeyLength} or more are advised, a shorter secret can be guessed");
            }
        }

        for (var i = 0; i < admin.AllowedHosts.Count; i++)
        {
            if (Uri.CheckHostName(admin.AllowedHosts[i]) == UriHostNameType.Unknown)
            {
                problems.Error($"{Root}{nameof(admin.AllowedHosts)}:{i}",
                    $"is {Quoted.Value(admin.AllowedHosts[i])} but must be a host name without scheme, port or wildcard; "
                    + "no request would match it");
            }
        }
    }

    /// <summary>Whether a listener on this host is reached from this machine only. Kestrel takes any other name for every interface.</summary>
    public static bool IsLoopback(string host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>The host of a usable address, else <see langword="null"/> with an error.</summary>
    private static string? CheckUrl(string url, Problems problems)
    {
        if (ListenAddress.TryParse(url, out var address))
        {
            return address!.Host;
        }

        problems.Error(Url, $"is {Quoted.Address(url)} but must be one http or https address with host or IP and a port from 0 to 65535, "
            + "such as http://127.0.0.1:8081; nothing would listen (leave it empty to switch the listener off)");
        return null;
    }
}
