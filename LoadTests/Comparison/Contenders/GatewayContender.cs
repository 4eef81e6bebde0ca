namespace LoadTests.Comparison.Contenders;

/// <summary>Our gateway, as it comes, or with settings on top.</summary>
/// <param name="name">For the table.</param>
/// <param name="program">Proxy.dll, or an executable.</param>
/// <param name="settings">Command line.</param>
internal sealed class GatewayContender(string name, string program, params string[] settings) : IContender
{
    public const string Ours = "ours";

    /// <summary>The gateway without affinity: what the affinity costs is measured against it.</summary>
    public const string WithoutAffinity = "ours, Mode=None";

    public string Name => name;

    public bool IsCompiledWhileRunning => true;

    public string? Version => null; // this repository's

    public async Task<RunningContender> StartAsync(IReadOnlyList<Uri> nodes, string? cores, CancellationToken cancellationToken)
    {
        var addresses = nodes.Select((node, i) => $"--Gateway:Nodes:{(char)('a' + i)}={node.GetLeftPart(UriPartial.Authority)}");
        string[] command = [.. Programs.Dotnet(program), "--urls=http://127.0.0.1:0", "--Gateway:Admin:Url=http://127.0.0.1:0", .. addresses, .. settings];
        var process = OwnedProcess.Start(name, command, cores);
        try
        {
            var url = await process.WaitForAsync("Now listening on: ", cancellationToken);
            return new RunningContender(new Uri(url), process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
