#pragma warning disable CA1822 // A hub's methods are looked for on its instances.
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;

namespace EndToEndTests.DotNetClient;

/// <summary>The hub that the client's own tests talk to.</summary>
internal sealed class EchoHub(EchoServerState state) : Hub
{
    public string Echo(string text) => text;

    /// <summary>A method that sends to all, with other names and arguments than HubNode's.</summary>
    public Task Tell(string text) => Clients.All.SendAsync("told", new { text }, Context.ConnectionAborted);

    /// <summary>Sends the first message to all, and each later one to all but the caller.</summary>
    public Task TellFewer(string text) => (state.IsFirstTold() ? Clients.All : Clients.Others).SendAsync("told", text, Context.ConnectionAborted);

    public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < to; i++)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return i;
        }
    }

    public async Task<int> Sum(IAsyncEnumerable<int> numbers) => await numbers.SumAsync(Context.ConnectionAborted);

    public void CloseMe() => Context.Abort();

    /// <summary>Answers when the test says so.</summary>
    public async Task<string> Wait()
    {
        state.Waiting.TrySetResult();
        return await state.Answer.Task;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        state.Disconnected.TrySetResult(exception);
        return Task.CompletedTask;
    }
}
