namespace EndToEndTests.Clients;

/// <summary>The programs of Tests/DotNetClients, each started when its first client is asked for, and shared by the tests of a class.</summary>
public sealed class DotNetPrograms : IAsyncDisposable
{
    private readonly Dictionary<string, ScriptProcess> _programs = new(StringComparer.Ordinal);
    private int _clients;

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs.Values)
        {
            await program.DisposeAsync();
        }
    }

    /// <summary>A connection that is not started.</summary>
    /// <param name="project">Such as <c>SignalR8</c>.</param>
    /// <param name="transport">Part of the client's name, so that a failure tells it.</param>
    internal ScriptClient Client(string project, string transport)
    {
        if (!_programs.TryGetValue(project, out var program))
        {
            _programs[project] = program = ScriptProcess.StartDotnet(project);
        }

        return new ScriptClient(program, $"{project} {transport} {++_clients}");
    }
}
