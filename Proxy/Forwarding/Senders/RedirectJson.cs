using System.Text.Json;
using System.Text.Json.Serialization;

namespace Proxy.Forwarding.Senders;

/// <summary>Writes <see cref="RedirectAnswer"/> with names in camel case.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RedirectAnswer))]
internal sealed partial class RedirectJson : JsonSerializerContext;
