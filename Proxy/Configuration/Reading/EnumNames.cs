using System.Collections.Concurrent;
using System.Reflection;
using System.Text;

namespace Proxy.Configuration;

/// <summary>How the values of our enums are written: <c>Fallback</c>, or <c>wait-then-close</c> where the enum is marked so.</summary>
internal static class EnumNames
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<(string Name, object Value)>> Names = new();

    /// <summary>The documented spelling of a value.</summary>
    public static string Text(Enum value) => Of(value.GetType()).First(n => n.Value.Equals(value)).Name;

    /// <summary>All values, comma separated, for messages.</summary>
    public static string List(Type type) => string.Join(", ", Of(type).Select(n => n.Name));

    /// <summary>Reads a name without case, as <c>WaitThenClose</c> or <c>wait-then-close</c>; never a number or a list of names.</summary>
    public static bool TryParse(Type type, string text, out object? value)
    {
        value = Enum.GetNames(type).Where(n => Equals(n, text) || Equals(Kebab(n), text)).Select(n => Enum.Parse(type, n)).FirstOrDefault();
        return value is not null;
    }

    private static bool Equals(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<(string Name, object Value)> Of(Type type) => Names.GetOrAdd(type, static t =>
    {
        var lower = t.GetCustomAttribute<LowerCaseNamesAttribute>() is not null;
        return [.. Enum.GetNames(t).Select(n => (lower ? Kebab(n) : n, Enum.Parse(t, n)))];
    });

    /// <summary>A name in lower case, its words joined by hyphens.</summary>
    public static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
