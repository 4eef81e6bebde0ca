#pragma warning disable CA1822 // A hub's methods are looked for on its instances.
using Microsoft.AspNetCore.SignalR;

namespace EndToEndTests.LoadGenerator;

/// <summary>A hub whose method and event have other names and arguments than HubNode's.</summary>
internal sealed class EchoHub(EchoServerState state) : Hub
{
    public string Echo(string text) => text;

    public Task Tell(string text) => Clients.All.SendAsync("told", new { text }, Context.ConnectionAborted);

    /// <summary>Sends the first message to all, and each later one to all but the caller.</summary>
    public Task TellFewer(string text) => (state.IsFirstTold() ? Clients.All : Clients.Others).SendAsync("told", text, Context.ConnectionAborted);
}
