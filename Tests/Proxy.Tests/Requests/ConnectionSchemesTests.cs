using Microsoft.Extensions.Primitives;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class ConnectionSchemesTests
{
    // Field lines are separated by a vertical bar. Columns: whether a scheme is one, whether with a token, what is left without such schemes.
    [Theory]
    [InlineData("", false, false, "")]
    [InlineData("NTLM", true, false, "")]
    [InlineData("ntlm", true, false, "")]
    [InlineData("Negotiate", true, false, "")]
    [InlineData("Negotiate YIIB==", true, true, "")]
    [InlineData("NTLM\tTlRM", true, true, "")]
    [InlineData("Nego2", true, false, "")]
    [InlineData("Kerberos x", true, true, "")]
    [InlineData("CredSSP", true, false, "")]
    [InlineData("TSSSP", true, false, "")]
    [InlineData("pku2u", true, false, "")]
    [InlineData("Negotiate:Kerberos", true, false, "")]
    [InlineData("NTLMv3", false, false, "NTLMv3")]
    [InlineData("Bearer", false, false, "Bearer")]
    [InlineData("Bearer NTLM", false, false, "Bearer NTLM")]
    [InlineData("Basic realm=\"NTLM\"", false, false, "Basic realm=\"NTLM\"")]
    [InlineData("Basic realm=\"x, NTLM\"", false, false, "Basic realm=\"x, NTLM\"")]
    [InlineData("Basic realm=\"\\\", NTLM\"", false, false, "Basic realm=\"\\\", NTLM\"")]
    [InlineData("Digest realm=\"x\", NTLM=\"y\"", false, false, "Digest realm=\"x\", NTLM=\"y\"")]
    [InlineData("Digest realm=\"x\", NTLM = \"y\"", false, false, "Digest realm=\"x\", NTLM = \"y\"")]
    [InlineData("Basic realm=\"x\", NTLM", true, false, "Basic realm=\"x\"")]
    [InlineData("Basic realm=\"x\",NTLM", true, false, "Basic realm=\"x\"")]
    [InlineData("Negotiate, NTLM, Basic realm=\"x\", charset=\"UTF-8\"", true, false, "Basic realm=\"x\", charset=\"UTF-8\"")]
    [InlineData("Negotiate a=b, c=d, Digest e=f, NTLM, Bearer", true, true, "Digest e=f, Bearer")]
    [InlineData(" , ,Negotiate,, Basic", true, false, "Basic")]
    [InlineData("Negotiate|NTLM", true, false, "")]
    [InlineData("Basic realm=\"x\"|Negotiate x|Bearer", true, true, "Basic realm=\"x\"|Bearer")]
    [InlineData("Basic realm=\"x, NTLM", false, false, "Basic realm=\"x, NTLM")]
    [InlineData("Basic realm=\"x\\", false, false, "Basic realm=\"x\\")]
    [InlineData("=", false, false, "=")]
    public void Challenges_OfEveryForm_AreRead(string field, bool any, bool withToken, string others)
    {
        StringValues lines = field.Split('|');

        Assert.Equal(any, ConnectionSchemes.Any(lines));
        Assert.Equal(withToken, ConnectionSchemes.AnyWithToken(lines));
        Assert.Equal(others, string.Join('|', ConnectionSchemes.Without(lines).ToArray()));
    }

    [Fact]
    public void Credentials_OfARequest_AreLookedAtWithoutAllocation()
    {
        StringValues none = default, bearer = "Bearer " + new string('x', 2000), ntlm = "NTLM TlRMTVNTUAAB";
        Assert.False(ConnectionSchemes.Any(none) || ConnectionSchemes.Any(bearer));
        Assert.True(ConnectionSchemes.Any(ntlm));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            ConnectionSchemes.Any(none);
            ConnectionSchemes.Any(bearer);
            ConnectionSchemes.Any(ntlm);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
