using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Proxy.Nginx.Grammar;

/// <summary>The files that a configuration is made of.</summary>
/// <remarks>Every character stands for one byte (Latin-1), as a path and a header field of a request are bytes, too: nginx compares bytes.</remarks>
/// <param name="folder">The folder of the main file, where relative names start.</param>
internal sealed class NginxFiles(string folder)
{
    private const string Utf8Mark = "\u00EF\u00BB\u00BF";

    private readonly SortedSet<string> _read = new(StringComparer.Ordinal);
    private static readonly SearchValues<char> Wildcards = SearchValues.Create("*?[");

    private readonly SortedSet<string> _searched = new(StringComparer.Ordinal);

    /// <summary>What the files that were read, and the names that were searched, are now: another text when any of them has changed.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in _read.Concat(_searched.SelectMany(Matches)))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path));
            hash.AppendData(TryRead(path) ?? []);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The full names of the files that an <c>include</c> means.</summary>
    /// <param name="pattern">A name, or one with wildcards.</param>
    public IReadOnlyList<string> Find(string pattern)
    {
        var path = Path.GetFullPath(NginxBytes.ToText(pattern), folder);
        if (path.AsSpan().IndexOfAny(Wildcards) < 0)
        {
            return [path];
        }

        _searched.Add(path);
        return Matches(path);
    }

    private static string[] Matches(string path)
    {
        var wildcard = path.AsSpan().IndexOfAny(Wildcards);
        var root = path[..(path.LastIndexOf('/', wildcard) + 1)];
        return Directory.Exists(root)
            ? [.. Expand(root, path[root.Length..].Split('/')).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The text of a file.</summary>
    /// <param name="path">Its full name.</param>
    /// <param name="from">The directive that asks for it.</param>
    /// <exception cref="NginxConfigurationException">It cannot be read, or is no text.</exception>
    public string Read(string path, NginxPosition from)
    {
        byte[] bytes;
        _read.Add(path);
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NginxConfigurationException($"open() \"{path}\" failed ({Reason(e)})", from);
        }

        if (bytes.AsSpan().Contains((byte)0))
        {
            throw new NginxConfigurationException($"\"{path}\" is not a text", from);
        }

        var text = Encoding.Latin1.GetString(bytes);
        return text.StartsWith(Utf8Mark, StringComparison.Ordinal) ? text[Utf8Mark.Length..] : text;
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Expand(string folder, ReadOnlyMemory<string> segments)
    {
        var segment = Pattern(segments.Span[0]);
        var rest = segments[1..];
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder).Where(entry => segment.IsMatch(Path.GetFileName(entry))))
        {
            if (rest.IsEmpty)
            {
                if (File.Exists(entry))
                {
                    yield return entry;
                }
            }
            else if (Directory.Exists(entry))
            {
                foreach (var found in Expand(entry, rest))
                {
                    yield return found;
                }
            }
        }
    }

    // The wildcards of glob(3), which nginx calls: those at the start of a name do not match a dot.
    private static Regex Pattern(string segment)
    {
        var pattern = new StringBuilder("^");
        if (segment.Length > 0 && segment[0] is '*' or '?' or '[')
        {
            pattern.Append("(?!\\.)");
        }

        for (var i = 0; i < segment.Length; i++)
        {
            var end = segment[i] == '[' ? segment.IndexOf(']', Math.Min(i + 2, segment.Length)) : -1;
            if (end > 0)
            {
                var set = segment[(i + 1)..end];
                pattern.Append('[').Append(set[0] is '!' or '^' ? "^" + Escape(set[1..]) : Escape(set)).Append(']');
                i = end;
            }
            else
            {
                pattern.Append(segment[i] switch { '*' => ".*", '?' => ".", var c => Regex.Escape(c.ToString()) });
            }
        }

        return new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(1));
    }

    private static string Escape(string set) => set.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);

    /// <summary>Why a file cannot be opened, in the words of the system.</summary>
    public static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "2: No such file or directory",
        UnauthorizedAccessException => "13: Permission denied",
        _ => exception.Message,
    };
}
