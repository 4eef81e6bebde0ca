using LoadTests.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace EndToEndTests.DotNetClient;

/// <summary>What the tests of the client share: a server of their own, and ways to connect to it.</summary>
public abstract class ClientTest : IAsyncLifetime
{
    public static TheoryData<HttpTransportType> Transports =>
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected EchoServer Server { get; private set; } = null!;

    private protected ConnectionTrace Trace { get; } = new();

    public async ValueTask InitializeAsync() => Server = await EchoServer.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected IHubConnectionBuilder Builder(HttpTransportType transport, string path = "/hub", Action<HttpTransportOptions>? configure = null) =>
        new HubConnectionBuilder().WithHttpTransport(Server.At(path), options =>
        {
            options.Transport = transport;
            options.Trace = Trace;
            configure?.Invoke(options);
        });

    private protected async Task<HubConnection> StartAsync(HttpTransportType transport, string path = "/hub", Action<HttpTransportOptions>? configure = null)
    {
        var connection = Builder(transport, path, configure).Build();
        await connection.StartAsync(Cancel);
        return connection;
    }

    /// <summary>Lets the first connect pass and holds reconnects until the test is ready: a connect begins with asking for the token.</summary>
    private protected static Action<HttpTransportOptions> HoldReconnects(Task until)
    {
        var connects = 0;
        return options => options.AccessTokenProvider = async () =>
        {
            if (Interlocked.Increment(ref connects) > 1)
            {
                await until;
            }

            return null;
        };
    }

    private protected static TaskCompletionSource<Exception?> WhenClosed(HubConnection connection)
    {
        var closed = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Closed += error =>
        {
            closed.TrySetResult(error);
            return Task.CompletedTask;
        };
        return closed;
    }
}
