using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Proxy.SelfTest;

namespace Proxy.Admin;

/// <summary>All JSON of the admin listener: names in camel case, members without a value shown as <c>null</c>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AffinityJson))]
[JsonSerializable(typeof(IReadOnlyList<NodeJson>))]
[JsonSerializable(typeof(DrainRequest))]
[JsonSerializable(typeof(ConnectionsJson))]
[JsonSerializable(typeof(ConnectionLookupJson))]
[JsonSerializable(typeof(ExplainRequest))]
[JsonSerializable(typeof(ExplanationJson))]
[JsonSerializable(typeof(DecisionsJson))]
[JsonSerializable(typeof(ReplayJson))]
[JsonSerializable(typeof(RefusedConfigurationJson))]
[JsonSerializable(typeof(CheckRequest))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(HealthJson))]
[JsonSerializable(typeof(UnavailableJson))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>For answers, which stand in no HTML page: as in ASP.NET Core's own answers, only what JSON itself reserves is escaped.</summary>
    public static AdminJson Answers { get; } = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static IResult Refuse(int status, string? reason) => Results.Json(new ErrorJson(reason), Answers.ErrorJson, statusCode: status);
}
