namespace Proxy.Configuration;

/// <summary>The address of a node, as people write it.</summary>
internal static class NodeAddress
{
    /// <summary>What is wrong with an address, as the end of "... but must be an absolute http or https address";
    /// <see langword="null"/> when nothing is.</summary>
    public static string? Problem(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return address.Contains("://*", StringComparison.Ordinal) || address.Contains("://+", StringComparison.Ordinal)
                ? "it is where the node is reached, not what it listens on"
                : "such as http://127.0.0.1:5000";
        }

        return uri switch
        {
            { UserInfo.Length: > 0 } => "without user name or password",
            { Query.Length: > 0 } => "without a query",
            { Fragment.Length: > 0 } => "without a fragment",
            { Port: 0 } => "with a port from 1 to 65535",
            _ when uri.AbsolutePath.StartsWith("//", StringComparison.Ordinal) => "with one scheme, one host and no empty path segment",
            _ => null,
        };
    }

    /// <summary>Reports a bad address; <see langword="true"/> when it is usable.</summary>
    public static bool Check(string path, string address, string consequence, Problems problems)
    {
        if (Problem(address) is not { } problem)
        {
            return true;
        }

        problems.Error(path, $"is {Quoted.Address(address)} but must be an absolute http or https address, {problem}; {consequence}");
        return false;
    }

    /// <summary>Equal for two spellings of the same address.</summary>
    public static string Normalize(string address) =>
        new Uri(address).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
}
