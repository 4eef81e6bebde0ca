using System.Globalization;
using System.Text;

namespace Proxy.Admin.Metrics;

/// <summary>Prometheus's text exposition format, version 0.0.4, with names made as OpenTelemetry's compatibility rules say.</summary>
/// <remarks>
/// Written here because OpenTelemetry's exporter for Prometheus is not on every feed, and has been a pre-release for years. Sources: "Exposition formats" of
/// Prometheus; "Prometheus and OpenMetrics Compatibility" of OpenTelemetry.
/// </remarks>
internal static class PrometheusFormat
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>A metric's name: unit and <c>total</c> behind it, and nothing that Prometheus does not allow.</summary>
    public static string Name(string instrument, string? unit, string type)
    {
        var name = Clean(instrument);
        var suffix = UnitName(unit, type);
        if (suffix.Length > 0 && !name.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            name = $"{name}_{suffix}";
        }

        return type is "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>Tags as <c>name="value"</c>, by name; two that become one name are joined.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var name = Clean(key);
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            text = value is bool ? text.ToLowerInvariant() : text;
            labels[name] = labels.TryGetValue(name, out var former) ? $"{former};{text}" : text;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value, isLabel: true)}\""));
    }

    public static void Write(StringBuilder text, MetricFamily family, int round)
    {
        var isFirst = true;
        foreach (var series in family.Series)
        {
            var (value, count, cumulated, seen) = series.Read();
            if (seen > 0 && seen != round)
            {
                continue; // observed earlier, and gone
            }

            if (isFirst)
            {
                WriteHead(text, family);
                isFirst = false;
            }

            if (family.Bounds is not { } bounds)
            {
                WriteLine(text, family.Name, series.Labels, value);
                continue;
            }

            for (var i = 0; i < cumulated.Length; i++)
            {
                var bound = i < bounds.Length ? Number(bounds[i]) : "+Inf";
                WriteLine(text, family.Name + "_bucket", $"{series.Labels}{(series.Labels.Length > 0 ? "," : "")}le=\"{bound}\"", cumulated[i]);
            }

            WriteLine(text, family.Name + "_sum", series.Labels, value);
            WriteLine(text, family.Name + "_count", series.Labels, count);
        }
    }

    private static void WriteHead(StringBuilder text, MetricFamily family)
    {
        if (family.Help.Length > 0)
        {
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(Escape(family.Help, isLabel: false)).Append('\n');
        }

        text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type).Append('\n');
    }

    private static void WriteLine(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text, bool isLabel)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isLabel ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    // Colons are for rules that people write.
    private static string Clean(string name)
    {
        var cleaned = string.Create(name.Length, name, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
            }
        });
        while (cleaned.Contains("__", StringComparison.Ordinal))
        {
            cleaned = cleaned.Replace("__", "_", StringComparison.Ordinal);
        }

        return cleaned.Length == 0 || char.IsAsciiDigit(cleaned[0]) ? "_" + cleaned : cleaned;
    }

    private static string UnitName(string? unit, string type) => unit switch
    {
        null or "" => "",
        "1" => type is "gauge" ? "ratio" : "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        _ when unit[0] == '{' => "", // an annotation, no unit
        _ => Clean(unit),
    };
}
