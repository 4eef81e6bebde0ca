using Proxy.Nginx.Grammar;

namespace Proxy.Nginx.Model;

/// <summary>A <c>map</c>: a variable whose value depends on another.</summary>
/// <param name="name">The variable that it makes.</param>
internal sealed class NginxMap(string name)
{
    private const int MaxDepth = 16;

    private readonly Dictionary<string, NginxText> _words = new(StringComparer.Ordinal);
    private readonly List<(NginxExpression Expression, NginxText Value)> _expressions = [];

    public string Name => name;

    public NginxText Source { get; set; } = NginxText.Empty;

    public NginxText Default { get; set; } = NginxText.Empty;

    /// <returns><see langword="false"/> when the word has a value already.</returns>
    public bool TryAdd(string word, NginxText value) => _words.TryAdd(NginxBytes.ToLower(word), value);

    public void Add(NginxExpression expression, NginxText value) => _expressions.Add((expression, value));

    /// <summary>The value for a request; empty where maps lead round in a circle.</summary>
    public string Evaluate(NginxRequest request)
    {
        if (request.MapDepth == MaxDepth)
        {
            return "";
        }

        request.MapDepth++;
        try
        {
            var source = Source.Evaluate(request);
            return Find(source).Evaluate(request);
        }
        finally
        {
            request.MapDepth--;
        }
    }

    private NginxText Find(string source)
    {
        if (_words.TryGetValue(NginxBytes.ToLower(source), out var value))
        {
            return value;
        }

        foreach (var (expression, matched) in _expressions)
        {
            if (expression.IsMatch(source))
            {
                return matched;
            }
        }

        return Default;
    }
}
