using Spectre.Console;
using Spectre.Console.Rendering;

namespace EndToEndTests.LoadGenerator;

/// <summary>Prints, and then tells the test, on the thread that printed.</summary>
internal sealed class ListeningConsole(IAnsiConsole inner, Action written) : IAnsiConsole
{
    public Profile Profile => inner.Profile;

    public IAnsiConsoleCursor Cursor => inner.Cursor;

    public IAnsiConsoleInput Input => inner.Input;

    public IExclusivityMode ExclusivityMode => inner.ExclusivityMode;

    public RenderPipeline Pipeline => inner.Pipeline;

    public void Clear(bool home) => inner.Clear(home);

    public void Write(IRenderable renderable)
    {
        inner.Write(renderable);
        written();
    }

    public void WriteAnsi(Action<AnsiWriter> action)
    {
        inner.WriteAnsi(action);
        written();
    }
}
