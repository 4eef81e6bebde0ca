using System.Text.RegularExpressions;

namespace Proxy.Nginx.Model;

/// <summary>A regular expression of the configuration.</summary>
/// <remarks>
/// nginx has those of PCRE. What both libraries take means the same in both, for ASCII; what they read differently is refused.
/// </remarks>
internal sealed class NginxExpression
{
    /// <summary>An expression that takes longer fails its request, as nginx's does at PCRE's limit.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    // POSIX classes, Perl's escapes that .NET has otherwise, and .NET's subtraction of classes.
    private static readonly string[] Different = ["[:", "[.", "[=", "-[", @"\v", @"\c", "(?'", "(?n", "(?x"];

    private readonly Regex _regex;

    private NginxExpression(Regex regex) => _regex = regex;

    /// <summary>Reads an expression.</summary>
    /// <param name="pattern">As written.</param>
    /// <param name="ignoreCase">Whether letters of ASCII are the same in both cases.</param>
    /// <param name="problem">Why it cannot be used.</param>
    public static NginxExpression? TryCreate(string pattern, bool ignoreCase, out string problem)
    {
        problem = "";
        if (Array.Find(Different, part => pattern.Contains(part, StringComparison.Ordinal)) is { } part)
        {
            problem = $"\"{part}\" is not supported in a regular expression";
            return null;
        }

        try
        {
            return new NginxExpression(new Regex(pattern, RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : default), Limit));
        }
        catch (ArgumentException e)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <exception cref="RegexMatchTimeoutException">It took too long.</exception>
    public bool IsMatch(string text) => _regex.IsMatch(text);

    public override string ToString() => _regex.ToString();
}
