using System.Globalization;
using System.Text;

namespace Tests.Common;

/// <summary>An HTTP/1.1 request or response, byte for byte; every character stands for one byte.</summary>
/// <param name="Head">Everything before the empty line, without it.</param>
/// <param name="Body">The body without its framing.</param>
public sealed record RawMessage(string Head, string Body)
{
    private readonly string[] _lines = Head.Split("\r\n");

    /// <summary>The request line or the status line.</summary>
    public string StartLine => _lines[0];

    /// <summary>The header lines, in order.</summary>
    public IReadOnlyList<string> Lines => _lines[1..];

    /// <summary>Of a request.</summary>
    public string Method => StartLine.Split(' ')[0];

    /// <summary>Of a request, as it came.</summary>
    public string Target => StartLine.Split(' ')[1];

    /// <summary>Of a response.</summary>
    public int Status => int.Parse(StartLine.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The values of a field, one for each line of it.</summary>
    public IReadOnlyList<string> All(string name) =>
        [.. Lines.Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim(' '))];

    /// <summary>The value of a field that is there at most once; <see langword="null"/>: it is not there.</summary>
    public string? Field(string name) => All(name).SingleOrDefault();

    public override string ToString() => $"{Head}\r\n\r\n{Body}";

    /// <summary>The text of bytes of a body that is UTF-8.</summary>
    public static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
