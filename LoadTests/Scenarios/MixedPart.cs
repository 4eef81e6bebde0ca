using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Scenarios;

/// <summary>A part of <see cref="MixedScenario"/>.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Transport">Of its connections; <see langword="null"/> for plain HTTP.</param>
/// <param name="Units">How many of a hundred units are its own.</param>
/// <param name="Connections">How many hub connections it holds, or TCP connections for plain HTTP, when the settings say a hundred.</param>
internal sealed record MixedPart(string Scenario, HttpTransportType? Transport, int Units, int Connections);
