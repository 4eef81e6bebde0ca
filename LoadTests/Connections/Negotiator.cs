using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Connections;

/// <summary>Negotiates as official clients do.</summary>
internal sealed class Negotiator(HubHttpClient http, HttpTransportOptions options)
{
    private const int MaxRedirects = 100; // as in the official clients

    public async Task<Negotiation> NegotiateAsync(Uri hub, string? accessToken, CancellationToken cancellationToken)
    {
        for (var redirects = 0; redirects < MaxRedirects; redirects++)
        {
            var response = await AskAsync(hub, accessToken, cancellationToken);
            if (response.Url is null)
            {
                return new Negotiation(hub, accessToken, response);
            }

            hub = new Uri(response.Url);
            accessToken = response.AccessToken ?? accessToken;
        }

        throw new InvalidOperationException($"The server redirected the negotiate {MaxRedirects} times.");
    }

    private async Task<NegotiationResponse> AskAsync(Uri hub, string? accessToken, CancellationToken cancellationToken)
    {
        var url = HubUrl.Negotiate(hub, options.NegotiateVersion, options.UseStatefulReconnect);
        using var empty = new ByteArrayContent([]);
        using var response = await http.SendWithinLimitAsync(HttpRequestKind.Negotiate, url, accessToken, empty, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);

        // The framework's own reader: it refuses a classic server's answer (ProtocolVersion) with the official client's words.
        var answer = NegotiateProtocol.ParseResponse(body);
        return answer.Error is null ? answer : throw new InvalidOperationException(answer.Error);
    }
}
