using System.Text.Json;
using System.Text.Json.Serialization;

namespace Proxy.SelfTest;

/// <summary>The JSON of <c>Proxy check --json</c>, indented for people.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(CheckReport))]
internal sealed partial class CheckJson : JsonSerializerContext;
