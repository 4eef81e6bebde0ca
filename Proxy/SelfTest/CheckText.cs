using System.Text;

namespace Proxy.SelfTest;

/// <summary>A report as plain text.</summary>
internal static class CheckText
{
    public static string Of(CheckReport report)
    {
        var text = new StringBuilder().AppendLine($"Self-test of {report.Url}").AppendLine();
        foreach (var finding in report.Findings)
        {
            var level = finding.IsProblem ? finding.Level.ToUpperInvariant() : finding.Level;
            text.AppendLine($"  {level,-8} {finding.Area,-19} {finding.Message} [{finding.Code}]");
            foreach (var hint in finding.Hints)
            {
                text.AppendLine($"             {hint.Server,-8} {hint.Text}");
            }
        }

        var problems = report.Findings.Count(finding => finding.IsProblem);
        return text.AppendLine().Append(problems switch
        {
            0 => "Verdict: good. Nothing stands in the way.",
            1 => "Verdict: 1 problem.",
            _ => $"Verdict: {problems} problems.",
        }).ToString();
    }
}
