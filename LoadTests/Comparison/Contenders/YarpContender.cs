namespace LoadTests.Comparison.Contenders;

/// <summary>YARP alone, in a process of its own: what the gateway is built on.</summary>
internal sealed class YarpContender : IContender
{
    public const string PeerName = "yarp";

    public string Name => PeerName;

    public bool IsCompiledWhileRunning => true;

    public string? Version => "YARP " + typeof(Yarp.ReverseProxy.Configuration.RouteConfig).Assembly.GetName().Version!.ToString(3);

    public async Task<RunningContender> StartAsync(IReadOnlyList<Uri> nodes, string? cores, CancellationToken cancellationToken)
    {
        // The garbage collector that a web project has by default; this program's own is a workstation's.
        KeyValuePair<string, string>[] environment = [new("DOTNET_gcServer", "1")];
        var process = OwnedProcess.Start(Name, [.. Programs.Self, BareYarp.Command, .. nodes.Select(node => node.ToString())], cores, environment);
        try
        {
            return new RunningContender(new Uri(await process.WaitForAsync(BareYarp.Listening, cancellationToken)), process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
