using System.Net;
using Microsoft.Extensions.Primitives;
using Proxy.Forwarding;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Forwarding;

public sealed class FieldRulesTests
{
    [Theory]
    [InlineData("keep-alive", "A B C")]
    [InlineData("Upgrade", "A B C")]
    [InlineData("", "A B C")]
    [InlineData("A", "B C")]
    [InlineData("keep-alive, a ,, C", "B")]
    [InlineData("close|B", "A C")]
    [InlineData("Host, Cookie, Content-Length, Authorization, X-Forwarded-For", "A B C")] // none of these may disappear
    [InlineData("B:C, \u00e4, A;q=1", "A B C")] // no names
    public void DropNominated_TakesWhatConnectionNames(string connection, string left)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://a");
        var response = Http.Get("/").Response.Headers;
        foreach (var name in new[] { "A", "B", "C", "Cookie", "X-Forwarded-For", "Authorization" })
        {
            request.Headers.TryAddWithoutValidation(name, "x");
            response[name] = "x";
        }

        FieldRules.DropNominated(new StringValues(connection.Split('|')), request);
        FieldRules.DropNominated(new StringValues(connection.Split('|')), response);

        Assert.Equal(left + " Cookie X-Forwarded-For Authorization", string.Join(' ', request.Headers.Select(pair => pair.Key)));
        Assert.Equal(left + " Cookie X-Forwarded-For Authorization", string.Join(' ', response.Select(pair => pair.Key)));
    }

    [Theory]
    [InlineData(true, "198.51.100.1, 10.0.0.1", "https", "public.example")]
    [InlineData(false, "10.0.0.1", "http", "gateway")]
    public void Write_KeepsWhatATrustedPeerSays(bool isTrusted, string expectedFor, string expectedProto, string expectedHost)
    {
        var context = Http.Get("/", ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "public.example"),
            ("X-Real-IP", "198.51.100.1"), ("Forwarded", "for=198.51.100.1"), ("X_Forwarded_For", "198.51.100.1"), ("X-Forwarded_Prefix", "/x"),
                ("X-Other", "y"));
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:10.0.0.1");
        context.Request.Host = new HostString("gateway");
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://a");
        foreach (var (name, value) in context.Request.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, (string?)value);
        }

        ForwardedFields.Write(context, request, isTrusted);

        Assert.Equal((expectedFor, expectedProto, expectedHost), (Value("X-Forwarded-For"), Value("X-Forwarded-Proto"), Value("X-Forwarded-Host")));
        Assert.Equal(isTrusted, request.Headers.Contains("X-Real-IP"));
        Assert.Equal(isTrusted, request.Headers.Contains("Forwarded"));
        Assert.Equal(isTrusted, request.Headers.Contains("X_Forwarded_For"));
        Assert.Equal(isTrusted, request.Headers.Contains("X-Forwarded_Prefix"));
        Assert.True(request.Headers.Contains("X-Other"));

        string Value(string name) => request.Headers.NonValidated[name].ToString();
    }
}
