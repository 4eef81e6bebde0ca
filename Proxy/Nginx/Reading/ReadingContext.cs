using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>What the readers of one configuration share.</summary>
/// <param name="folder">The folder of the main file, where relative names start.</param>
internal sealed class ReadingContext(string folder)
{
    public NginxModel Model { get; } = new();

    public NginxProblems Problems { get; } = new();

    public NginxVariables Variables { get; } = new();

    public void Error(string message, NginxDirective directive) => Problems.Add(message, directive);

    /// <summary>The full name of a file.</summary>
    public string PathOf(string name) => Path.GetFullPath(NginxBytes.ToText(name), folder);

    /// <summary>Checks that a directive may stand where it does, with these arguments, and that the gateway does it.</summary>
    /// <returns>Whether there is anything to apply.</returns>
    public bool Admit(NginxDirective directive, DirectiveContexts context)
    {
        var name = directive.Name;
        if (DirectiveTable.Find(name) is not { } rule)
        {
            Error(DirectiveTable.IsOfNginx(name) ? $"\"{name}\" directive is not supported" : $"unknown directive \"{name}\"", directive);
            return false;
        }

        if (!rule.Contexts.HasFlag(context))
        {
            Error($"\"{name}\" directive is not allowed here", directive);
            return false;
        }

        if (rule.IsBlock != directive.Block is not null)
        {
            Error(rule.IsBlock ? $"directive \"{name}\" has no opening \"{{\"" : $"directive \"{name}\" is not terminated by \";\"", directive);
            return false;
        }

        if (directive.Arguments.Count < rule.Min || directive.Arguments.Count > rule.Max)
        {
            Error($"invalid number of arguments in \"{name}\" directive", directive);
            return false;
        }

        return rule.Use switch
        {
            DirectiveUse.Applied or DirectiveUse.Block => true,
            DirectiveUse.OneValue => RefuseOtherThan(rule.Only, directive),
            DirectiveUse.Different => NoteDifference(directive),
            _ => Note(directive),
        };
    }

    /// <summary>Writes down that a directive is not needed.</summary>
    public bool Note(NginxDirective directive)
    {
        Model.Notes.Add(new NginxNote(NginxBytes.ToText($"\"{directive}\" in {directive.Position}: default"), IsDifference: false));
        return false;
    }

    /// <summary>Reads a value with variables; one that is not known is an error.</summary>
    public NginxText ReadText(string text, NginxDirective directive)
    {
        var parts = new List<NginxTextPart>();
        var start = 0;
        while (text.IndexOf('$', start) is var at and >= 0)
        {
            if (at > start)
            {
                parts.Add(new NginxTextPart(text[start..at], null));
            }

            var inBraces = at + 1 < text.Length && text[at + 1] == '{';
            var nameStart = at + (inBraces ? 2 : 1);
            var end = nameStart;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            var name = text[nameStart..end];
            if (name.Length == 0)
            {
                Error("invalid variable name", directive);
                return NginxText.Empty;
            }

            if (inBraces && (end == text.Length || text[end] != '}'))
            {
                Error($"the closing bracket in \"{name}\" variable is missing", directive);
                return NginxText.Empty;
            }

            start = inBraces ? end + 1 : end;
            if (Variables.Find(name) is { } variable)
            {
                parts.Add(new NginxTextPart(null, variable));
            }
            else
            {
                Error($"unknown \"{name}\" variable", directive);
            }
        }

        if (start < text.Length)
        {
            parts.Add(new NginxTextPart(text[start..], null));
        }

        return new NginxText(parts);
    }

    /// <summary>Reads a regular expression.</summary>
    public NginxExpression? ReadExpression(string pattern, bool ignoreCase, NginxDirective directive)
    {
        var expression = NginxExpression.TryCreate(pattern, ignoreCase, out var problem);
        if (expression is null)
        {
            Error($"the regular expression \"{pattern}\" cannot be used: {problem}", directive);
        }

        return expression;
    }

    private bool RefuseOtherThan(string only, NginxDirective directive)
    {
        if (directive.Arguments is [var value] && value == only)
        {
            return Note(directive);
        }

        Error($"\"{directive}\" is not supported, \"{directive.Name} {only}\" is", directive);
        return false;
    }

    private bool NoteDifference(NginxDirective directive)
    {
        if (directive.Arguments is ["off"])
        {
            return Note(directive);
        }

        Model.Notes.Add(new NginxNote(
            NginxBytes.ToText($"\"{directive}\" in {directive.Position}: answers go on as the node has made them"), IsDifference: true));
        return false;
    }
}
