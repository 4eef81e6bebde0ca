using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Requests.Protocols;

public sealed class NegotiateAnswerTests
{
    private const string Transports = """ "availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]}] """;

    [Theory]
    // As ASP.NET Core 10 answers.
    [InlineData("""{"negotiateVersion":1,"connectionId":"pub","connectionToken":"tok",""" + Transports + "}", "tok", true)]
    [InlineData("""{"useStatefulReconnect":true,"negotiateVersion":1,"connectionId":"pub","connectionToken":"tok",""" + Transports + "}", "tok", true)]
    [InlineData("""{"negotiateVersion":0,"connectionId":"pub",""" + Transports + "}", "pub", false)]
    [InlineData("""{"connectionId":"pub",""" + Transports + "}", "pub", false)] // ASP.NET Core 2.1 knows no versions
    [InlineData("""{"negotiateVersion":0,"error":"The client requested version '-1', but the server does not support this version."}""", null, false)]
    [InlineData("""{"url":"https://elsewhere.example/client/?hub=chat","accessToken":"t","availableTransports":[]}""", null, false)]
    // Any order, any neighbours.
    [InlineData("""{"connectionToken":"tok","connectionId":"pub","negotiateVersion":1}""", "tok", true)]
    [InlineData("""{ "a" : [ { "connectionToken" : "no" } ] , "b" : { "connectionToken" : "no", "url":"x" } , "connectionToken" : "tok" , "negotiateVersion" : 2 }""", "tok", true)]
    [InlineData("""{"connection\u0054oken":"t\u006fk","negotiateVersion":1}""", "tok", true)]
    [InlineData("\r\n\t {\"connectionToken\":\"tok\",\"negotiateVersion\":1}\n", "tok", true)]
    [InlineData("\ufeff{\"connectionToken\":\"tok\",\"negotiateVersion\":1}", "tok", true)]
    // Clients use the token from version 1 on only, whatever else is in the answer.
    [InlineData("""{"negotiateVersion":0,"connectionId":"pub","connectionToken":"tok"}""", "pub", false)]
    [InlineData("""{"connectionId":"pub","connectionToken":"tok"}""", "tok", true, "pub")] // open what they take
    [InlineData("""{"negotiateVersion":null,"connectionId":"pub","connectionToken":"tok"}""", "pub", false)]
    [InlineData("""{"negotiateVersion":"1","connectionId":"pub","connectionToken":"tok"}""", "pub", false)]
    [InlineData("""{"negotiateVersion":1,"connectionId":"pub"}""", "pub", false)]
    [InlineData("""{"negotiateVersion":1,"connectionId":"pub","connectionToken":""}""", "pub", false)]
    // Given twice, the last wins and is not tagged.
    [InlineData("""{"negotiateVersion":1,"connectionToken":"one","connectionToken":"two"}""", "two", false)]
    // Serializers that write what is not there.
    [InlineData("""{"negotiateVersion":1,"connectionToken":"tok","url":null,"accessToken":null,"error":null}""", "tok", true)]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"tok","url":"","error":""}""", "tok", true)]
    [InlineData("""{"negotiateVersion":1,"connectionToken":null,"connectionId":"pub"}""", "pub", false)]
    [InlineData("""{"negotiateVersion":1,"connectionToken":5,"connectionId":"pub"}""", "pub", false)]
    // ASP.NET SignalR 2, by fetch and by JSONP.
    [InlineData("""{"Url":"/signalr","ConnectionToken":"a+b/==","ConnectionId":"x","TryWebSockets":true,"ProtocolVersion":"2.1"}""", "a+b/==", false)]
    [InlineData("""jQuery1_2({"Url":"/signalr","ConnectionToken":"tok","ProtocolVersion":"1.5"});""", "tok", false)]
    [InlineData("""/**/ cb({"ConnectionToken":"tok","ProtocolVersion":"1.5"})""", "tok", false)]
    [InlineData("""{"ProtocolVersion":"2.0","RedirectUrl":"https://elsewhere.example","AccessToken":"t"}""", null, false)]
    [InlineData("""{"ProtocolVersion":"2.0","ConnectionToken":"tok","RedirectUrl":null}""", "tok", false)]
    // No answer at all.
    [InlineData("", null, false)]
    [InlineData("{", null, false)]
    [InlineData("{}", null, false)]
    [InlineData("null", null, false)]
    [InlineData("""[{"connectionToken":"tok","negotiateVersion":1}]""", null, false)]
    [InlineData("""{"connectionToken":"tok","negotiateVersion":1""", null, false)]
    [InlineData("""{"connectionToken":"tok" "negotiateVersion":1}""", null, false)]
    [InlineData("""<p>{"connectionToken":"tok","negotiateVersion":1}</p>""", null, false)]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"\ud800"}""", null, false)]
    [InlineData("""{"\ud800":1,"negotiateVersion":1,"connectionToken":"tok"}""", null, false)]
    public void SignalR_FindsTheIdThatClientsWillUse(string body, string? id, bool isTagged, string? otherId = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        var answer = SignalRProtocol.Instance.ReadAnswer(bytes);

        Assert.Equal(id, answer.Id is null ? null : Encoding.UTF8.GetString(answer.Id));
        Assert.Equal(otherId, answer.OtherId is null ? null : Encoding.UTF8.GetString(answer.OtherId));
        Assert.Equal(isTagged, answer.TagPosition > 0);
        Assert.True(answer.TagPosition == 0 || bytes[answer.TagPosition] == (byte)'"');
        Assert.Equivalent(answer, ClassicSignalRProtocol.Instance.ReadAnswer(bytes)); // the answer itself says which of the two it is of
    }

    [Theory]
    [InlineData("""0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""", "abc")]
    [InlineData("""96:0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40""", "abc")] // version 3
    [InlineData("\u0000\u0009\u0006\u00ff0{\"sid\":\"abc\"}", "abc")] // version 3, binary
    [InlineData("""0{"upgrades":[{"sid":"no"}],"sid":"abc"}""", "abc")]
    [InlineData("""0{"pingInterval":25000}""", null)]
    [InlineData("""4{"sid":"abc"}""", null)]
    [InlineData("""{"sid":"abc"}""", null)]
    [InlineData("""{"code":0,"message":"Transport unknown"}""", null)]
    [InlineData("""0{"sid":"abc""", null)]
    [InlineData("", null)]
    public void EngineIO_FindsTheSid(string body, string? sid)
    {
        var answer = EngineIOProtocol.Instance.ReadAnswer(Encoding.Latin1.GetBytes(body));

        Assert.Equal(sid, answer.Id is null ? null : Encoding.UTF8.GetString(answer.Id));
        Assert.Equal(0, answer.TagPosition);
    }

    [Property(MaxTest = 500)]
    public Property SignalR_AnyObjectAroundAToken_DiffersByTheSuffixOnly() => Prop.ForAll(Answers().ToArbitrary(), body =>
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var answer = SignalRProtocol.Instance.ReadAnswer(bytes);
        var tagged = Encoding.UTF8.GetString([.. bytes[..answer.TagPosition], .. ".g1AbCdEfGh-_0"u8, .. bytes[answer.TagPosition..]]);

        var before = JsonNode.Parse(body)!.AsObject();
        var after = JsonNode.Parse(tagged)!.AsObject();
        var token = before["connectionToken"]!.GetValue<string>();
        Assert.Equal(token, Encoding.UTF8.GetString(answer.Id!));
        Assert.Equal(token + ".g1AbCdEfGh-_0", after["connectionToken"]!.GetValue<string>());
        after["connectionToken"] = token;
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    });

    // A negotiate answer of version 1 with anything beside the token, in any order and any way to write it.
    private static Gen<string> Answers() =>
        from neighbours in Gen.ListOf(
            Gen.Zip(Gen.Elements("a", "connectionId", "accessToken", "Url", "connectiontoken", "ä", "x\"y", "negotiateversion"), Value(3)))
        from token in Gen.ListOf(Gen.Elements("A", "-", "_", "ä", "\"", "\\", "/", "<", " ", "😀")).Select(string.Concat)
        from seed in Gen.Choose(0, int.MaxValue)
        from indented in Gen.Elements(true, false)
        from escapes in Gen.Elements(JavaScriptEncoder.Default, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)
        select Write(neighbours, "t" + token, seed, new JsonSerializerOptions { WriteIndented = indented, Encoder = escapes });

    private static string Write(IEnumerable<(string Name, JsonNode? Value)> neighbours, string token, int seed, JsonSerializerOptions options)
    {
        KeyValuePair<string, JsonNode?>[] properties =
        [
            KeyValuePair.Create<string, JsonNode?>("connectionToken", token),
            KeyValuePair.Create<string, JsonNode?>("negotiateVersion", 1),
            .. neighbours.DistinctBy(pair => pair.Name).Select(pair => KeyValuePair.Create(pair.Name, pair.Value)),
        ];
        new System.Random(seed).Shuffle(properties);
        return new JsonObject(properties).ToJsonString(options);
    }

    private static Gen<JsonNode?> Value(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Constant<JsonNode?>(null).Select(_ => (JsonNode?)null),
            Gen.Elements(true, false).Select(value => (JsonNode?)value),
            Gen.Choose(-5, 5).Select(value => (JsonNode?)value),
            Gen.Elements("", "x", "}", "\"", "connectionToken", "ä\\").Select(value => (JsonNode?)value));
        return depth == 0
            ? leaf
            : Gen.OneOf(
                leaf,
                Gen.ListOf(leaf).Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
                Value(depth - 1).Select(inner => (JsonNode?)new JsonObject { ["connectionToken"] = inner?.DeepClone(), ["url"] = "x" }));
    }
}
