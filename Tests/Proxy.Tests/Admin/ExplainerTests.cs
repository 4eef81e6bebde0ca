using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Admin;
using Xunit;

namespace Proxy.Tests.Admin;

public sealed class ExplainerTests : IAsyncDisposable
{
    private readonly ExplainScenario?[] _scenarios = new ExplainScenario?[48];

    public async ValueTask DisposeAsync()
    {
        foreach (var scenario in _scenarios.OfType<ExplainScenario>())
        {
            await scenario.DisposeAsync();
        }
    }

    [Property(MaxTest = 10_000)]
    public Property Explain_AnyRequest_SaysWhatThePipelineDoes() => Prop.ForAll(Requests(_scenarios.Length).ToArbitrary(), async asked =>
    {
        var scenario = _scenarios[asked.Scenario] ??= new ExplainScenario(asked.Scenario);
        var described = asked.Describe(scenario);
        var before = scenario.Outcomes.Read().Values.Sum();

        var explained = await scenario.Explainer.ExplainAsync(Create(described));
        var after = scenario.Outcomes.Read().Values.Sum();
        var (result, routed) = scenario.Decide(Create(described), asked.Cluster);

        Assert.Equal(before, after);
        Assert.Equal(asked.Cluster, explained.Steps[0].Result);
        Assert.Equal(Proxy.Outcomes.OutcomeTable.Name(routed.Decision.Outcome), explained.Outcome);
        Assert.Equal(routed.Decision.Status, explained.Status);
        if (explained.Node is not null || result.Destinations is null)
        {
            Assert.Equal(result.Destinations?.Single().DestinationId, explained.Node);
        }
        else
        {
            Assert.True(explained.Candidates.Single(candidate => candidate.Node == result.Destinations.Single().DestinationId).Share > 0);
        }
    });

    [Theory]
    [InlineData("http://hub.example/a/./b/../c?x=%2F", "/a/c", "?x=%2F")]
    [InlineData("/a%20b%2Fc", "/a b%2Fc", "")]
    [InlineData("ws://hub.example?id=1", "/", "?id=1")]
    [InlineData("/", "/", "")]
    public void TryCreate_Url_IsReadAsAServerReadsIt(string url, string path, string query)
    {
        var context = Create(new ExplainRequest(null, url, null, null));

        Assert.Equal((path, query), (context.Request.Path.Value, context.Request.QueryString.Value));
    }

    [Theory]
    [InlineData("GET", null, null, "url")]
    [InlineData("GET", "ftp://x/", null, "url")]
    [InlineData("G E T", "/", null, "method")]
    [InlineData("GET", "/", "nowhere", "client")]
    public void TryCreate_WrongDescription_IsRefusedWithTheReason(string method, string? url, string? client, string expected)
    {
        Assert.Null(ImaginedRequest.TryCreate(new ExplainRequest(method, url, null, client), out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    private static DefaultHttpContext Create(ExplainRequest described)
    {
        var context = ImaginedRequest.TryCreate(described, out var problem);
        Assert.Null(problem);
        return context!;
    }

    private static Gen<Asked> Requests(int scenarios) =>
        from scenario in Gen.Choose(0, scenarios - 1)
        from method in Gen.Elements("GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT")
        from prefix in Gen.Elements("", "", ExplainScenario.SecondPath)
        from path in Gen.Elements("/chat", "/chat/negotiate", "/chat/negotiate/", "/page", "/", "/chat/below", "/Second/x", "/engine.io/")
        from query in Gen.Elements("", "?id=", "?id=tok{tag}", "?x=1&id=tok{tag}&access_token=secret", "?%69d=tok%2E{tag}", "?id=learned-first",
            "?id=learned-second",
            "?id=unknown", "?id=x.g1AbCdEfGh-_0", "?id=1&id=2", "?id=1&id=tok{tag}", "?negotiateVersion=1", "?EIO=4", "?EIO=4&sid=learned-first",
                "?EIO=4&sid=zzz",
            "?clientProtocol=2.1", "?connectionToken=learned-first", "?connectionToken=unknown&transport=longPolling", "?node=b", "?q=7&node=nobody", "?=&&id")
        from node in Gen.Choose(0, 3)
        from cookie in Gen.Choose(0, 2)
        from extras in Gen.Choose(0, 31)
        from client in Gen.Elements("127.0.0.1", "203.0.113.7", "198.51.100.9", "2001:db8::5", "::ffff:203.0.113.7")
        from foreign in Gen.Choose(0, 9)
        select new Asked(scenario, method, prefix + path, query, node, cookie, extras, client, foreign == 0);

    private sealed record Asked(int Scenario, string Method, string Path, string Query, int Node, int Cookie, int Extras, string Client, bool IsForeign)
    {
        public string Cluster => Path.StartsWith(ExplainScenario.SecondPath + "/", StringComparison.OrdinalIgnoreCase) ? "second" : "first";

        public ExplainRequest Describe(ExplainScenario scenario)
        {
            // Sometimes what another cluster has handed out.
            var issuer = IsForeign ? "first" : Cluster;
            var headers = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            void Add(string name, params string[] values) => headers[name] = JsonSerializer.SerializeToElement(values);
            if (Cookie > 0)
            {
                Add("Cookie", scenario.Fill(Cookie == 1 ? "{cookie}" : "a=b; srv_id=broken; {cookie}", issuer, Node));
            }

            if ((Extras & 1) != 0)
            {
                Add("Connection", "keep-alive, Upgrade");
                Add("Upgrade", "websocket");
            }

            if ((Extras & 2) != 0)
            {
                Add("X-Forwarded-For", "192.0.2.44", "127.0.0.1");
                Add("Access-Control-Request-Method", "POST");
            }

            if ((Extras & 4) != 0)
            {
                Add("X-Node", "b");
                Add("Accept", "text/event-stream");
            }

            if ((Extras & 24) == 24)
            {
                Add("Transfer-Encoding", (Extras & 2) != 0 ? "chunked" : "gzip");
            }

            return new ExplainRequest(Method, scenario.Fill(Path + Query, issuer, Node), headers, Client);
        }
    }
}
