using System.Text;
using Spectre.Console;

namespace EndToEndTests.LoadGenerator;

/// <summary>A text that says it is a terminal.</summary>
internal sealed class TerminalOutput(TextWriter writer, int width) : IAnsiConsoleOutput
{
    public TextWriter Writer => writer;

    public bool IsTerminal => true;

    public int Width => width;

    public int Height => 24;

    public void SetEncoding(Encoding encoding)
    {
        // Characters go into a text.
    }
}
