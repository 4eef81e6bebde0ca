namespace LoadTests.Comparison.Contenders;

/// <summary>A proxy that runs, or none: then clients talk to a node.</summary>
/// <param name="Url">Where clients connect.</param>
/// <param name="Process">Null when there is no proxy.</param>
/// <param name="Folder">Its files; deleted with it.</param>
internal sealed record RunningContender(Uri Url, OwnedProcess? Process, DirectoryInfo? Folder = null) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }

        Folder?.Delete(recursive: true);
    }
}
