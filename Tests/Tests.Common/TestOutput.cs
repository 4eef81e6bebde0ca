using Xunit;

namespace Tests.Common;

/// <summary>Text that a runner shows beside a failed test.</summary>
internal static class TestOutput
{
    public static void Write(string title, IEnumerable<string> lines)
    {
        var text = $"--- {title}{Environment.NewLine}{string.Join(Environment.NewLine, lines)}";
        if (TestContext.Current.TestOutputHelper is { } output)
        {
            output.WriteLine(text);
        }
        else
        {
            TestContext.Current.SendDiagnosticMessage("{0}", text); // a class or assembly fixture belongs to no single test
        }
    }
}
