namespace LoadTests.Lean;

/// <summary>Asks for one URL again and again, over one connection and with the cookie it was given.</summary>
internal sealed class LeanHttpUser(LeanTarget target, bool keepCookies) : IDisposable
{
    private readonly LeanHubClient _client = new(target, keepCookies);
    private readonly LeanHttpConnection _http = new(target);
    private readonly SemaphoreSlim _turn = new(1);
    private byte[]? _request;

    public async Task GetAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var head = await _http.ExchangeAsync(_request ?? _client.Request("GET", target.Path), cancellationToken);
            LeanHubClient.Expect(head, 200);
            if (_request is null)
            {
                _client.Remember(head);
                _request = _client.Request("GET", target.Path);
            }
        }
        catch
        {
            _http.Dispose(); // what is left of the answer must not meet the next request; that one connects anew
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _turn.Dispose();
    }
}
