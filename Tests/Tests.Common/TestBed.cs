using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Tests.Common;

/// <summary>Base of test classes and fixtures that run servers: starts them, and after the test stops them in reverse order and reads their logs.</summary>
/// <remarks>
/// The servers are not disposed of inside the test's method, so that an error in a log is reported beside the test's own failure and never instead of it.
/// </remarks>
public abstract class TestBed : IAsyncLifetime
{
    private readonly ConcurrentStack<IAsyncDisposable> _owned = new();
    private readonly ConcurrentQueue<(string Owner, LogCollector Log)> _logs = new();

    /// <summary>What the in-process nodes saw.</summary>
    public RequestRecorder AtNodes { get; } = new();

    /// <summary>What the in-process gateways saw, and so what clients got.</summary>
    public RequestRecorder AtGateway { get; } = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        while (_owned.TryPop(out var owned))
        {
            await owned.DisposeAsync();
        }

        foreach (var (owner, log) in _logs)
        {
            TestOutput.Write(owner, log.Entries.Select(entry => entry.ToString()));
        }

        TestOutput.Write("requests at the nodes", AtNodes.Requests.Select(request => request.ToString()));
        TestOutput.Write("requests at the gateway", AtGateway.Requests.Select(request => request.ToString()));
        var errors = _logs.SelectMany(log => log.Log.UnexpectedErrors.Select(entry => $"{log.Owner}: {entry}")).ToList();
        Assert.True(errors.Count == 0, "Unexpected errors in logs:" + Environment.NewLine + string.Join(Environment.NewLine, errors));
    }

    /// <summary>Disposes of it after the test, before everything that was started earlier.</summary>
    protected T Own<T>(T resource)
        where T : IAsyncDisposable
    {
        _owned.Push(resource);
        return resource;
    }

    /// <summary>A hub node in this process.</summary>
    protected Task<TestNode> StartNodeAsync(string name, params string[] options) => StartNodeAsync(name, before: null, configure: null, options);

    /// <summary>A hub node in this process, some of whose requests meet something else first.</summary>
    protected Task<TestNode> StartNodeAsync(string name, Func<HttpContext, RequestDelegate, Task> before, params string[] options)
        => StartNodeAsync(name, before, configure: null, options);

    /// <summary>A hub node in this process, with services of the test.</summary>
    protected Task<TestNode> StartNodeAsync(string name, Action<WebApplicationBuilder> configure, params string[] options)
        => StartNodeAsync(name, before: null, configure, options);

    private async Task<TestNode> StartNodeAsync(
        string name, Func<HttpContext, RequestDelegate, Task>? before, Action<WebApplicationBuilder>? configure, string[] options)
    {
        var node = Own(await TestNode.StartAsync(name, AtNodes, before, configure, options));
        _logs.Enqueue(("node " + name, node.Log));
        return node;
    }

    /// <summary>A gateway in this process, in front of nodes in this process.</summary>
    protected Task<TestGateway> StartGatewayAsync(IEnumerable<TestNode> nodes, params string[] options)
        => StartGatewayAsync(nodes.Select(node => (node.Name, node.Url)), options);

    /// <summary>A gateway in this process, in front of nodes that run elsewhere.</summary>
    protected Task<TestGateway> StartGatewayAsync(IEnumerable<ServerProcess> nodes, params string[] options)
        => StartGatewayAsync(nodes.Select(node => (node.Name, node.Url)), options);

    /// <summary>A gateway in this process.</summary>
    protected Task<TestGateway> StartGatewayAsync(IEnumerable<(string Name, Uri Url)> nodes, params string[] options)
        => StartGatewayAsync(nodes, configure: null, options);

    /// <summary>A gateway in this process, with services or configuration sources of the test.</summary>
    protected async Task<TestGateway> StartGatewayAsync(
        IEnumerable<(string Name, Uri Url)> nodes, Action<WebApplicationBuilder>? configure, params string[] options)
    {
        var gateway = Own(await TestGateway.StartAsync(nodes, AtGateway, configure, options));
        _logs.Enqueue(("gateway", gateway.Log));
        return gateway;
    }

    /// <summary>A hub node that can be killed and frozen.</summary>
    protected async Task<HubNodeProcess> StartNodeProcessAsync(string name, params string[] options)
    {
        var node = Own(new HubNodeProcess(name, options));
        await node.StartAsync();
        return node;
    }

    /// <summary>A gateway that can be killed.</summary>
    protected async Task<GatewayProcess> StartGatewayProcessAsync(params string[] options)
    {
        var gateway = Own(new GatewayProcess("gateway", options));
        await gateway.StartAsync();
        return gateway;
    }
}
