using Tests.Common;

namespace EndToEndTests.Container;

/// <summary>The images of the root's and HubNode's Dockerfile, each built once, when a test first asks.</summary>
public sealed class ContainerImages : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-images-").FullName;
    private readonly Buildah _buildah;
    private readonly Lazy<Task> _bases;
    private readonly Lazy<Task<ImageConfig>> _gateway;
    private readonly Lazy<Task<ImageConfig>> _hubNode;

    public ContainerImages()
    {
        _buildah = new Buildah(_folder);
        _bases = new(() => new BaseImages(_buildah).MakeAsync());
        _gateway = new(() => BuildAsync("gateway", "Dockerfile"));
        _hubNode = new(() => BuildAsync("hub-node", "HubNode/Dockerfile"));
    }

    public async ValueTask DisposeAsync()
    {
        // What is still mounted in there is this machine's own: then nothing is deleted.
        var mounts = await File.ReadAllTextAsync("/proc/self/mounts");
        if (!mounts.Contains(_folder, StringComparison.Ordinal))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    internal Task<ImageConfig> GatewayConfigAsync() => _gateway.Value;

    internal async Task<RunningContainer> RunGatewayAsync(Dictionary<string, string> environment) =>
        await RunningContainer.StartAsync(_buildah, "localhost/gateway", await _gateway.Value, environment);

    internal async Task<RunningContainer> RunHubNodeAsync(Dictionary<string, string> environment) =>
        await RunningContainer.StartAsync(_buildah, "localhost/hub-node", await _hubNode.Value, environment);

    private async Task<ImageConfig> BuildAsync(string name, string file)
    {
        await _bases.Value;
        await _buildah.RunAsync(
            ["build", "--pull=never", "--network=host", .. BaseImages.BuildVolumes(), "--tag", name, "--file", Path.Combine(SolutionLayout.Root, file),
                SolutionLayout.Root]);
        return ImageConfig.Parse(await _buildah.RunAsync("inspect", "--type", "image", "--format", ImageConfig.Template, name));
    }
}
