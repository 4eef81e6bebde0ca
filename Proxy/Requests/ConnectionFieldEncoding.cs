using System.Text;

namespace Proxy.Requests;

/// <summary>Keeps the names that Connection nominates (RFC 9110, section 7.6.1) where Kestrel would forget them.</summary>
/// <remarks>
/// Kestrel replaces the field by <c>close</c>, <c>upgrade</c> or <c>keep-alive</c> where that is the only option among its values that it knows, whatever else
/// stands there. So a second option is put beside the first: <c>keep-alive</c>, which has no effect beside the other two. Beside names alone it is left out,
/// since connections of HTTP/1.1 are kept without it. Names in a line of their own beside a line <c>keep-alive</c> are still forgotten.
/// </remarks>
internal sealed class ConnectionFieldEncoding : Latin1FieldEncoding
{
    private const string KeepAlive = "keep-alive";

    protected override string Decode(ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(value, KeepAlive))
        {
            return KeepAlive;
        }

        var text = Latin1.GetString(value);
        var options = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Has(options, "close") || Has(options, "upgrade"))
        {
            return Has(options, KeepAlive) ? text : $"{text}, {KeepAlive}";
        }

        return Has(options, KeepAlive)
            ? string.Join(", ", options.Where(static option => !string.Equals(option, KeepAlive, StringComparison.OrdinalIgnoreCase)))
            : text;
    }

    private static bool Has(string[] options, string option) => Array.Exists(options, each => string.Equals(each, option, StringComparison.OrdinalIgnoreCase));
}
