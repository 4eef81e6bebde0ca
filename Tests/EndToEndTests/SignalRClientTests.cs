using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>The npm package @microsoft/signalr and its predecessor, on every transport, with and without cookies.</summary>
public sealed class SignalRClientTests(SignalRClientTests.Servers servers) : IClassFixture<SignalRClientTests.Servers>
{
    public static TheoryData<string, bool, bool> Clients => new()
    {
        { SignalROptions.WebSockets, true, false },
        { SignalROptions.WebSockets, false, false },
        { SignalROptions.WebSockets, true, true },
        { SignalROptions.WebSockets, false, true },
        { SignalROptions.ServerSentEvents, true, false },
        { SignalROptions.ServerSentEvents, false, false },
        { SignalROptions.LongPolling, true, false },
        { SignalROptions.LongPolling, false, false },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public Task Client_AllKindsOfCalls_StayOnOneNode(string transport, bool cookies, bool skipNegotiation)
        => TalkAsync(new SignalROptions { Transport = transport, Cookies = cookies, SkipNegotiation = skipNegotiation });

    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public Task OldClient_AllKindsOfCalls_StayOnOneNode(string transport)
        => TalkAsync(new SignalROptions { Transport = transport, Cookies = false, Old = true });

    private async Task TalkAsync(SignalROptions options)
    {
        // Several at once, or the two requests of one connection could meet on the right one of two nodes by luck.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var client = await servers.StartClientAsync(options);

            var me = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.Equal(options.TransportAtNode, me.Transport);
            Assert.Equal("hello", await client.InvokeAsync<string>("Echo", "hello"));
            await client.AssertStreamsAndGroupsAsync(me, canUpload: !options.Old);
        }));

        servers.AtNodes.AssertEachConnectionOnOneSite();
        servers.AtNodes.AssertNoAffinityErrors();
        servers.AtGateway.AssertNoAffinityErrors();
    }

    /// <summary>Two nodes behind a gateway, and the script with its clients, shared by the tests of the class.</summary>
    public sealed class Servers : EndToEndTestBed
    {
        private TestGateway? _gateway;

        public override async ValueTask InitializeAsync()
            => _gateway = await StartGatewayAsync([await StartNodeAsync("a", "--poll-timeout", "2"), await StartNodeAsync("b", "--poll-timeout", "2")]);

        internal Task<ScriptClient> StartClientAsync(SignalROptions options) => StartSignalRClientAsync(_gateway!.Url, options);
    }
}
