using System.Text.Json;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>A configuration file that names the nodes of a gateway; goes with the test.</summary>
internal sealed class NodesFile : IAsyncDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"gateway-{Guid.NewGuid():N}.json");

    public Task WriteAsync(params IEnumerable<TestNode> nodes) => WriteAsync(nodes.Select(node => (node.Name, node.Url)));

    public Task WriteAsync(params IEnumerable<ServerProcess> nodes) => WriteAsync(nodes.Select(node => (node.Name, node.Url)));

    public ValueTask DisposeAsync()
    {
        File.Delete(Path);
        return ValueTask.CompletedTask;
    }

    private async Task WriteAsync(IEnumerable<(string Name, Uri Url)> nodes)
    {
        var configuration = new { Gateway = new { Nodes = nodes.ToDictionary(node => node.Name, node => node.Url.GetLeftPart(UriPartial.Authority)) } };
        await File.WriteAllTextAsync(Path + ".new", JsonSerializer.Serialize(configuration), TestContext.Current.CancellationToken);
        File.Move(Path + ".new", Path, overwrite: true); // no moment without a whole file
    }
}
