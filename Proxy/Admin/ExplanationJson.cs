using System.Text.Json;

namespace Proxy.Admin;

/// <summary>Body of <c>POST /affinity/explain</c>.</summary>
/// <param name="Method">GET when left out.</param>
/// <param name="Url">A path with query, or a whole URL; <c>ws:</c> and <c>wss:</c> stand for a WebSocket handshake.</param>
/// <param name="Headers">Name to text, or to a list of texts.</param>
/// <param name="Client">Address of the peer; 127.0.0.1 when left out.</param>
internal sealed record ExplainRequest(string? Method, string? Url, Dictionary<string, JsonElement>? Headers, string? Client);

/// <summary>What would become of a request.</summary>
/// <param name="Node">Where it would go; <see langword="null"/> for a refusal, and where chance decides.</param>
/// <param name="Outcome">Why; <see langword="null"/> where not the gateway decides.</param>
/// <param name="Status">What the gateway would answer itself; 200: the node answers.</param>
/// <param name="Steps">What was asked, in order.</param>
/// <param name="Candidates">The nodes among which the router picks.</param>
internal sealed record ExplanationJson(string? Node, string? Outcome, int Status, IReadOnlyList<StepJson> Steps, IReadOnlyList<CandidateJson> Candidates);

/// <summary>One step of a decision.</summary>
internal sealed record StepJson(string Step, string Result, string? Detail);

/// <summary>A node that the router may pick; the share is <see langword="null"/> when the router does not know it.</summary>
internal sealed record CandidateJson(string Node, double? Share);
