using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Clients;

/// <summary>Long polling request by request, so that a test decides where each goes and what happens when it fails.</summary>
/// <param name="hubOf">The hub's address for the next request.</param>
/// <param name="handler">Opens the connections.</param>
internal sealed class RawLongPollingClient(Func<Uri> hubOf, HttpMessageHandler? handler = null) : IAsyncDisposable
{
    private const char EndOfMessage = '\x1e';

    private readonly HttpClient _http = new(handler ?? new SocketsHttpHandler { UseCookies = false });
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _receiving = new();
    private readonly List<JsonElement> _messages = [];
    private Task _polling = Task.CompletedTask;
    private string _token = "";
    private int _invocations;

    /// <summary>Requests that failed and were sent again.</summary>
    public int Retries { get; private set; }

    /// <summary>The answer that ended the connection, if one did.</summary>
    public HttpStatusCode? EndedBy { get; private set; }

    public async Task StartAsync()
    {
        using var answer = await _http.PostAsync(Under(hubOf(), "/negotiate?negotiateVersion=1"), content: null, _stop.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var negotiated = await answer.Content.ReadFromJsonAsync<JsonElement>(_stop.Token);
        _token = negotiated.GetProperty("connectionToken").GetString()!;
        using var first = await _http.GetAsync(Under(hubOf(), "?id=" + _token), _stop.Token);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        _polling = PollAsync();
        await SendAsync("""{"protocol":"json","version":1}""");
    }

    public async Task<T> InvokeAsync<T>(string method, params object[] arguments)
    {
        var invocationId = Interlocked.Increment(ref _invocations).ToString();
        await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId, target = method, arguments }));
        JsonElement? Completion()
        {
            lock (_receiving)
            {
                return _messages.Select(message => (JsonElement?)message).FirstOrDefault(
                    message => message!.Value.TryGetProperty("invocationId", out var id) && id.ValueEquals(invocationId));
            }
        }

        await Eventually.HoldsAsync(() => Completion() is not null || EndedBy is not null, expectation: $"completion of {method}");
        Assert.Null(EndedBy);
        return Completion()!.Value.GetProperty("result").Deserialize<T>(JsonSerializerOptions.Web)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _polling;
        _http.Dispose();
        _stop.Dispose();
    }

    private static Uri Under(Uri hub, string more) => new(hub.AbsoluteUri + more);

    private async Task PollAsync()
    {
        try
        {
            while (EndedBy is null)
            {
                using var answer = await PersistAsync(token => _http.GetAsync(Under(hubOf(), "?id=" + _token), token));
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    EndedBy = answer.StatusCode;
                    return;
                }

                var text = await answer.Content.ReadAsStringAsync(_stop.Token);
                var messages = text.Split(EndOfMessage, StringSplitOptions.RemoveEmptyEntries).Select(message => JsonElement.Parse(message)).ToList();
                lock (_receiving)
                {
                    _messages.AddRange(messages);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task SendAsync(string message)
    {
        using var answer = await PersistAsync(token => _http.PostAsync(
            Under(hubOf(), "?id=" + _token), new StringContent(message + EndOfMessage, Encoding.UTF8, "text/plain"), token));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Repeats a request that found nobody: the id makes that safe for a poll, and for a send that was refused.</summary>
    private async Task<HttpResponseMessage> PersistAsync(Func<CancellationToken, Task<HttpResponseMessage>> send)
    {
        while (true)
        {
            try
            {
                return await send(_stop.Token);
            }
            catch (HttpRequestException)
            {
                Retries++;
                await Task.Yield();
                await Eventually.HoldsAsync(CanConnectAsync, expectation: "somebody listens again");
            }
        }
    }

    private async Task<bool> CanConnectAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(hubOf(), _stop.Token); // 400: no id
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
