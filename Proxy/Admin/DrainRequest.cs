using System.Text.Json.Serialization;

namespace Proxy.Admin;

/// <summary>Body of <c>POST /nodes/{name}/drain</c>; what is missing comes from <c>Gateway:Scale</c>.</summary>
/// <param name="Mode"><c>wait</c>, <c>wait-then-close</c> or <c>cut</c>.</param>
/// <param name="Timeout">As <c>hh:mm:ss</c>.</param>
/// <param name="Rate">Connections closed per second.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)] // A misspelt member must not start another drain than the one that is meant.
internal sealed record DrainRequest(string? Mode, string? Timeout, int? Rate);
