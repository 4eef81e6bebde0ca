using System.Text;
using Proxy.Clusters.Probes;
using Proxy.Nodes;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Clusters.Probes;

public sealed class NodeProbeTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("""{"clientConnectionCount":5,"connectionCapacity":100,"bootId":"x","draining":true}""", 5, 100, "x", true)]
    [InlineData("""{"status":"Healthy","entries":{"clientConnectionCount":1}}""", null, null, "header", false)]
    [InlineData("{}", null, null, "header", false)]
    [InlineData("""{"clientConnectionCount":0}""", 0, null, "header", false)]
    [InlineData("""{"clientConnectionCount":-1,"connectionCapacity":"100"}""", null, null, "header", false)]
    [InlineData("""{"clientConnectionCount":1.5,"connectionCapacity":99999999999}""", null, null, "header", false)]
    [InlineData("""{"bootId":5,"draining":"true"}""", null, null, "header", false)]
    [InlineData("""{"bootId":null,"draining":false}""", null, null, "header", false)]
    [InlineData("""{"bootId":"\ud800","clientConnectionCount":5}""", 5, null, "header", false)]
    public void Parse_Object_TakesWhatIsThere(string json, int? clients, int? capacity, string? bootId, bool draining)
    {
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(new NodeReport(clients, capacity, bootId, draining, _time.GetTimestamp()), Parse(json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Healthy")]
    [InlineData("\"Healthy\"")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"clientConnectionCount":5""")]
    public void Parse_AnythingElse_LeavesWhatTheHeaderSaid(string json)
    {
        Assert.Equal(new NodeReport(null, null, "header", Draining: false, _time.GetTimestamp()), Parse(json));
        Assert.Null(new NodeProbe(_time).Parse(Encoding.UTF8.GetBytes(json), bootId: null));
    }

    [Fact]
    public void Parse_BytesThatAreNoText_SayNothing()
    {
        Assert.Null(new NodeProbe(_time).Parse([.. "{\"bootId\":\""u8, 0xff, 0xfe, .. "\"}"u8], bootId: null)?.BootId);
    }

    private NodeReport? Parse(string json) => new NodeProbe(_time).Parse(Encoding.UTF8.GetBytes(json), "header");
}
