using LoadTests.Lean.Node;
using Tests.Common;

namespace EndToEndTests.LoadGenerator.Lean;

/// <summary>A node of comparisons, in the test's process.</summary>
internal sealed class RunningLeanNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    private RunningLeanNode(string name, TextWriter output)
    {
        Name = name;
        _run = LeanNode.RunAsync(name, output, _stop.Token);
    }

    public string Name { get; }

    public Uri Url { get; private set; } = null!;

    public static async Task<RunningLeanNode> StartAsync(string name)
    {
        using var output = TextWriter.Synchronized(new StringWriter());
        var node = new RunningLeanNode(name, output);
        await Eventually.HoldsAsync(() => output.ToString()!.Contains('\n', StringComparison.Ordinal), expectation: "the node listens");
        node.Url = new Uri(output.ToString()!.Trim()[LeanNode.Listening.Length..]);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }
}
