using System.Text.Json;
using EndToEndTests.Clients;
using HubNode;
using Xunit;

namespace EndToEndTests;

/// <summary>The .NET client of several generations, on every transport. It has no cookies, so what leads back to the node is the connection's id
/// alone.</summary>
public sealed class ClientGenerationTests(DotNetPrograms programs) : EndToEndTestBed, IClassFixture<DotNetPrograms>
{
    // Which versions these are stands in Directory.Packages.props.
    private static readonly string[] Generations = ["SignalR1", "SignalR6", "SignalR8", "SignalR9", "SignalR11"];

    public static TheoryData<string, string, bool> Clients
    {
        get
        {
            var clients = new TheoryData<string, string, bool>();
            foreach (var generation in Generations)
            {
                clients.Add(generation, SignalROptions.WebSockets, true);
                foreach (var transport in SignalROptions.AllTransports)
                {
                    clients.Add(generation, transport, false);
                }
            }

            return clients;
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Client_WithoutCookies_StaysOnOneNode(string generation, string transport, bool skipNegotiation)
    {
        var nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        var gateway = await StartGatewayAsync(nodes);
        var options = new SignalROptions { Transport = transport, SkipNegotiation = skipNegotiation };

        // So many at once that a gateway that guesses does not guess right for all of them.
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TalkAsync(programs.Client(generation, transport), Hub(gateway.Url), generation, options)));

        AtNodes.AssertEachConnectionOnOneSite();
        AtNodes.AssertNoAffinityErrors();
        AtGateway.AssertNoAffinityErrors();
        Assert.Contains(AtGateway.Requests, request => request.SetCookie.Length > 0); // a cookie was offered, and
        Assert.All(AtGateway.Requests, request => Assert.Equal("", request.Cookies));
    }

    private static async Task TalkAsync(ScriptClient client, Uri hub, string generation, SignalROptions options)
    {
        AssertGeneration(generation, await client.StartAsync(hub, options));

        var me = await client.InvokeAsync<HubCaller>("WhoAmI");
        Assert.Equal(options.TransportAtNode, me.Transport);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"echo {i}", await client.InvokeAsync<string>("Echo", $"echo {i}"));
        }

        var large = new string('x', 30_000); // the hub takes 32 KiB
        Assert.Equal(large, await client.InvokeAsync<string>("Echo", large));
        await client.AssertStreamsAndGroupsAsync(me, canUpload: generation != "SignalR1");
    }

    // A package of another generation, such as one that the rest of this solution asks for, would prove nothing.
    private static void AssertGeneration(string generation, JsonElement versions)
    {
        var version = versions.GetProperty("Microsoft.AspNetCore.SignalR.Client.Core").GetString()!;
        Assert.Equal(generation, "SignalR" + version.Split('.')[0]);
    }
}
