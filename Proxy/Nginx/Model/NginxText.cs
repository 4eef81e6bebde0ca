namespace Proxy.Nginx.Model;

/// <summary>A value of the configuration with variables in it.</summary>
/// <param name="parts">Literals and variables in their order.</param>
internal sealed class NginxText(IReadOnlyList<NginxTextPart> parts)
{
    public static NginxText Empty { get; } = new([]);

    /// <summary>The value without variables, or <see langword="null"/> when it has some.</summary>
    public string? Literal { get; } = parts.Count switch { 0 => "", 1 => parts[0].Literal, _ => null };

    /// <summary>The value for one request.</summary>
    public string Evaluate(NginxRequest request)
    {
        if (Literal is not null)
        {
            return Literal;
        }

        return parts.Count == 1 ? Value(parts[0], request) : string.Concat(parts.Select(part => Value(part, request)));
    }

    private static string Value(NginxTextPart part, NginxRequest request) => part.Literal ?? part.Variable!(request);
}
