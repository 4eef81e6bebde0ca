using System.Text;

namespace Proxy.Nginx.Model;

/// <summary>The target of a request: as it came, and as nginx matches it.</summary>
/// <param name="Raw">Path and query as they came (<c>$request_uri</c>).</param>
/// <param name="Path">The path decoded, with <c>//</c> merged and dot segments resolved (<c>$uri</c>); every character is one byte.</param>
/// <param name="Query">What stands behind the question mark (<c>$args</c>).</param>
internal sealed record NginxTarget(string Raw, string Path, string Query)
{
    /// <summary>Whether the path came with escapes.</summary>
    public bool IsEscaped => Raw.AsSpan(0, PathEnd(Raw)).Contains('%');

    /// <summary>Reads a target as nginx does.</summary>
    /// <param name="target">The target of the request line: a path, or an absolute address.</param>
    /// <returns><see langword="null"/> for what nginx answers with 400: a broken escape, a zero byte, or dots that lead above the root.</returns>
    public static NginxTarget? TryRead(string target)
    {
        var raw = WithoutAuthority(target);
        if (raw is not ['/', ..])
        {
            return null;
        }

        var end = PathEnd(raw);
        return TryDecode(raw.AsSpan(0, end), out var decoded) && TryResolve(decoded) is { } path
            ? new NginxTarget(raw, path, end < raw.Length && raw[end] == '?' ? QueryOf(raw[(end + 1)..]) : "")
            : null;
    }

    private static string WithoutAuthority(string target)
    {
        var scheme = target is ['/', ..] ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return target;
        }

        var path = target.IndexOfAny(['/', '?'], scheme + 3);
        return path < 0 ? "/" : target[path] == '?' ? "/" + target[path..] : target[path..];
    }

    private static int PathEnd(string raw) => raw.AsSpan().IndexOfAny('?', '#') is var end and >= 0 ? end : raw.Length;

    private static string QueryOf(string text) => text.IndexOf('#', StringComparison.Ordinal) is var end and >= 0 ? text[..end] : text;

    private static bool TryDecode(ReadOnlySpan<char> path, out string decoded)
    {
        decoded = "";
        var text = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] != '%')
            {
                text.Append(path[i]);
                continue;
            }

            if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]))
            {
                return false;
            }

            var octet = (char)((Convert.ToInt32(path[i + 1].ToString(), 16) << 4) + Convert.ToInt32(path[i + 2].ToString(), 16));
            if (octet == '\0')
            {
                return false;
            }

            text.Append(octet);
            i += 2;
        }

        decoded = text.ToString();
        return true;
    }

    private static string? TryResolve(string path)
    {
        if (!path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal))
        {
            return path;
        }

        var kept = new List<string>();
        var segments = path[1..].Split('/');
        foreach (var segment in segments)
        {
            if (segment is "..")
            {
                if (kept.Count == 0)
                {
                    return null;
                }

                kept.RemoveAt(kept.Count - 1);
            }
            else if (segment is not ("" or "."))
            {
                kept.Add(segment);
            }
        }

        var isFolder = kept.Count > 0 && segments[^1] is "" or "." or "..";
        return $"/{string.Join('/', kept)}{(isFolder && kept.Count > 0 ? "/" : "")}";
    }
}
