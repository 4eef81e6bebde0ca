namespace Tests.Common;

/// <summary>The gateway as a process of its own.</summary>
public sealed class GatewayProcess(string name, params string[] options) : ServerProcess(name, "Proxy")
{
    private AdminClient? _admin;

    /// <summary>The admin listener of the running process; its port changes with every start.</summary>
    public AdminClient Admin => _admin ?? throw new InvalidOperationException("The gateway has not been started.");

    protected override IEnumerable<string> Arguments(Uri url)
        => ["--urls", url.GetLeftPart(UriPartial.Authority), .. TestGateway.DefaultOptions, .. options];

    protected override async Task ListeningAsync(ChildProcess process)
    {
        var admin = await process.WaitForAsync(lines => FindUrl(TestGateway.AdminListening, lines), "the admin listener listens");
        _admin?.Dispose();
        _admin = new AdminClient(admin);
    }

    protected override ValueTask DisposeCoreAsync()
    {
        _admin?.Dispose();
        return base.DisposeCoreAsync();
    }
}
