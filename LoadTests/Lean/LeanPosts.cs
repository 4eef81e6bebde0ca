namespace LoadTests.Lean;

/// <summary>The sending side of transports that send by POST: one at a time, in order.</summary>
internal sealed class LeanPosts(LeanTarget target, LeanHubClient client, string token) : IDisposable
{
    private readonly LeanHttpConnection _http = new(target);
    private readonly SemaphoreSlim _turn = new(1);

    public byte[] Prepare(string message) => client.RequestWithId("POST", token, message);

    /// <summary>Sends a request and expects success.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var head = await _http.ExchangeAsync(request, cancellationToken);
            if (head.Status is not (200 or 202))
            {
                throw new HttpRequestException($"{head.StartLine} to a POST.");
            }
        }
        catch
        {
            _http.Dispose(); // what is left of the answer must not meet the next request
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _http.Dispose();
}
