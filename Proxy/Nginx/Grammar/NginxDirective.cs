namespace Proxy.Nginx.Grammar;

/// <summary>A directive as it was written: a name, arguments and possibly a block.</summary>
/// <param name="Name">The first word.</param>
/// <param name="Arguments">The further words, without their quotes.</param>
/// <param name="Block">What stands between the braces, or <see langword="null"/> where a semicolon ends the directive.</param>
/// <param name="Position">Where its semicolon or its opening brace stands, which is the line that nginx names.</param>
internal sealed record NginxDirective(
    string Name, IReadOnlyList<string> Arguments, IReadOnlyList<NginxDirective>? Block, NginxPosition Position)
{
    /// <summary>The directive on one line, for messages and reports; a block is left out.</summary>
    public override string ToString() => Arguments.Count == 0 ? Name : $"{Name} {string.Join(' ', Arguments)}";
}
