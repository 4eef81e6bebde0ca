namespace Proxy.Nginx.Grammar;

/// <summary>Reads a configuration of nginx, and the files that it includes, into directives.</summary>
/// <remarks>
/// Included files take the place of <c>include</c>. Relative names start at the folder of the main file, as in nginx, also in a file that was included itself.
/// A name with <c>*</c>, <c>?</c> or <c>[</c> may match nothing; its matches are read in the order of their names.
/// </remarks>
internal sealed class NginxParser
{
    /// <summary>Characters of one file. The largest public configurations have some 100,000.</summary>
    private const int MaxFileLength = 16 * 1024 * 1024;

    /// <summary>Blocks within blocks, and files within files.</summary>
    private const int MaxDepth = 64;

    private readonly NginxFiles _files;
    private readonly List<string> _open = [];

    private NginxParser(NginxFiles files) => _files = files;

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The main file.</param>
    /// <param name="files">Where files are read from.</param>
    /// <exception cref="NginxConfigurationException">A file cannot be opened, or is not a configuration.</exception>
    public static IReadOnlyList<NginxDirective> Parse(string path, NginxFiles files)
    {
        return new NginxParser(files).ParseFile(path, new NginxPosition(path, 0));
    }

    private List<NginxDirective> ParseFile(string path, NginxPosition from)
    {
        if (_open.Contains(path, StringComparer.Ordinal) || _open.Count == MaxDepth)
        {
            throw new NginxConfigurationException($"\"{path}\" includes itself", from);
        }

        var text = _files.Read(path, from);
        if (text.Length > MaxFileLength)
        {
            throw new NginxConfigurationException($"\"{path}\" is too long for a configuration", from);
        }

        _open.Add(path);
        var lexer = new NginxLexer(text, path);
        var directives = new List<NginxDirective>();
        ParseBlock(lexer, directives, depth: 0);
        _open.RemoveAt(_open.Count - 1);
        return directives;
    }

    private void ParseBlock(NginxLexer lexer, List<NginxDirective> directives, int depth)
    {
        while (true)
        {
            var token = lexer.Read();
            switch (token.Kind)
            {
                case NginxTokenKind.End when depth > 0:
                    throw new NginxConfigurationException("unexpected end of file, expecting \"}\"", lexer.Here);
                case NginxTokenKind.CloseBrace when depth == 0:
                    throw new NginxConfigurationException("unexpected \"}\"", lexer.Here);
                case NginxTokenKind.End or NginxTokenKind.CloseBrace:
                    return;
                case NginxTokenKind.Word:
                    ParseDirective(lexer, token.Text, directives, depth);
                    break;
                default:
                    throw new NginxConfigurationException($"unexpected \"{token.Text}\"", lexer.Here);
            }
        }
    }

    private void ParseDirective(NginxLexer lexer, string name, List<NginxDirective> directives, int depth)
    {
        var arguments = new List<string>();
        while (true)
        {
            var token = lexer.Read();
            var position = lexer.Position; // nginx names the line on which a directive ends, or its block begins
            switch (token.Kind)
            {
                case NginxTokenKind.Word:
                    arguments.Add(token.Text);
                    continue;
                case NginxTokenKind.Semicolon when name is "include":
                    Include(arguments, position, directives);
                    return;
                case NginxTokenKind.Semicolon:
                    directives.Add(new NginxDirective(name, arguments, Block: null, position));
                    return;
                case NginxTokenKind.OpenBrace when depth < MaxDepth:
                    var block = new List<NginxDirective>();
                    ParseBlock(lexer, block, depth + 1);
                    directives.Add(new NginxDirective(name, arguments, block, position));
                    return;
                case NginxTokenKind.End:
                    throw new NginxConfigurationException("unexpected end of file, expecting \";\" or \"}\"", lexer.Here);
                default:
                    throw new NginxConfigurationException($"unexpected \"{token.Text}\"", lexer.Here);
            }
        }
    }

    private void Include(List<string> arguments, NginxPosition position, List<NginxDirective> directives)
    {
        if (arguments.Count != 1)
        {
            throw new NginxConfigurationException("invalid number of arguments in \"include\" directive", position);
        }

        foreach (var path in _files.Find(arguments[0]))
        {
            directives.AddRange(ParseFile(path, position));
        }
    }
}
