using EndToEndTests.Clients;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>Two nodes and the clients of the npm packages socket.io and socket.io-client.</summary>
public sealed class SocketIOTests(SocketIOTests.Servers servers) : IClassFixture<SocketIOTests.Servers>
{
    [Theory]
    [InlineData("polling", "polling", true)]
    [InlineData("polling", "polling", false)]
    [InlineData("polling,websocket", "websocket", true)]
    [InlineData("polling,websocket", "websocket", false)]
    [InlineData("websocket", "websocket", true)]
    [InlineData("websocket", "websocket", false)]
    public async Task Client_TransportsWithAndWithoutCookies_StaysOnOneNode(string transports, string ends, bool cookies)
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var client = servers.Client();
            await client.StartAsync(servers.Url, new { transports = transports.Split(','), cookies });

            var me = await client.InvokeAsync<SocketIOCaller>("whoami");
            Assert.Equal(ends, me.Transport);
            foreach (var text in (string[])["one", "two", "three"])
            {
                Assert.Equal(text, await client.InvokeAsync<string>("echo", text));
            }

            Assert.Equal(me, await client.InvokeAsync<SocketIOCaller>("whoami"));
            Assert.DoesNotContain(client.Events, e => e.Name is "closed" or "reconnected");
            await client.StopAsync();
        }));

        servers.AtGateway.AssertNoAffinityErrors();
        Assert.DoesNotContain(servers.NodeEvents, e => e.Name == "refused"); // a session that the node does not have
    }

    [Fact]
    public async Task Clients_Many_AreSpreadOverTheNodes()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var client = servers.Client();
            await client.StartAsync(servers.Url, new { transports = (string[])["polling"], cookies = false });
            return (await client.InvokeAsync<SocketIOCaller>("whoami")).Node;
        }));

        Assert.Equal(["a", "b"], nodes.Distinct().Order());
    }

    /// <summary>Two Socket.IO nodes behind a gateway.</summary>
    public sealed class Servers : EndToEndTestBed
    {
        private readonly List<ScriptProcess> _nodes = [];
        private TestGateway? _gateway;

        internal Uri Url => _gateway!.Url;

        internal IEnumerable<ScriptEvent> NodeEvents => _nodes.SelectMany(node => node.Events);

        public override async ValueTask InitializeAsync() => _gateway = await StartGatewayAsync([await StartNodeAsync("a"), await StartNodeAsync("b")]);

        internal ScriptClient Client() => SocketIOClient();

        private async Task<(string Name, Uri Url)> StartNodeAsync(string name)
        {
            var node = StartScript("socketio-node.mjs", name);
            _nodes.Add(node);
            var listening = await new ScriptClient(node, name).EventAsync("listening");
            return (name, new Uri(listening.Data.GetProperty("url").GetString()!));
        }
    }
}
