using System.Net;
using System.Text;
using static System.FormattableString;

namespace LoadTests.Reports;

/// <summary>A chart with lines, as SVG; colours and fonts are the page's.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Lines">Colours repeat after as many as the page has.</param>
/// <param name="XTicks">Where the X axis has which text; the first and last are its ends.</param>
internal sealed record LineChart(string Title, IReadOnlyList<ChartLine> Lines, IReadOnlyList<(double At, string Text)> XTicks)
{
    private const int Width = 520;
    private const int Height = 210;
    private const int Left = 52;
    private const int Right = 16;
    private const int Top = 12;
    private const int Bottom = 28;

    private const int Colours = 8;

    /// <summary>The title, the drawing and its legend.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder();
        html.Append(
            Invariant($"<figure><figcaption>{Encode(Title)}</figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Encode(Title)}\">"));
        var yTicks = ChartTicks.UpTo(Lines.SelectMany(line => line.Points).Select(point => point.Y).DefaultIfEmpty(0).Max());
        AppendAxes(html, yTicks);
        for (var index = 0; index < Lines.Count; index++)
        {
            AppendLine(html, Lines[index], index, yTicks[^1]);
        }

        html.Append("</svg><ul class=\"legend\">");
        for (var index = 0; index < Lines.Count; index++)
        {
            html.Append(Invariant($"<li class=\"line{index % Colours}\">{Encode(Lines[index].Name)}</li>"));
        }

        return html.Append("</ul></figure>").ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static double Y(double value, double largest) => Height - Bottom - (value / largest * (Height - Top - Bottom));

    private double X(double value)
    {
        var (first, last) = (XTicks[0].At, XTicks[^1].At);
        return Left + ((value - first) / (last - first) * (Width - Left - Right));
    }

    private void AppendAxes(StringBuilder html, IReadOnlyList<double> yTicks)
    {
        foreach (var tick in yTicks)
        {
            var y = Y(tick, yTicks[^1]);
            html.Append(Invariant(
                $"<path class=\"grid\" d=\"M{Left} {y:0.#}H{Width - Right}\"/><text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" class=\"y\">{tick:0.######}</text>"));
        }

        foreach (var (at, text) in XTicks)
        {
            html.Append(Invariant($"<text x=\"{X(at):0.#}\" y=\"{Height - 8}\" class=\"x\">{Encode(text)}</text>"));
        }
    }

    private void AppendLine(StringBuilder html, ChartLine line, int index, double largest)
    {
        html.Append(Invariant($"<g class=\"line{index % Colours}\"><polyline points=\""));
        foreach (var point in line.Points)
        {
            html.Append(Invariant($"{X(point.X):0.#},{Y(point.Y, largest):0.#} "));
        }

        html.Append("\"/>");
        foreach (var point in line.Points)
        {
            html.Append(Invariant(
                $"<circle cx=\"{X(point.X):0.#}\" cy=\"{Y(point.Y, largest):0.#}\" r=\"4\"><title>{Encode($"{line.Name}, {point.Label}")}</title></circle>"));
        }

        html.Append("</g>");
    }
}
