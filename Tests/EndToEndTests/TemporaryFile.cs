namespace EndToEndTests;

/// <summary>A file that goes with the test.</summary>
internal sealed class TemporaryFile(string path) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        File.Delete(path);
        return ValueTask.CompletedTask;
    }
}
