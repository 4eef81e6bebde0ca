using LoadTests.Connections;
using LoadTests.Engine;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Scenarios;

/// <summary>A scenario that can be asked for by name.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Summary">One line of the help.</param>
/// <param name="Create">Makes it; nothing is sent before its set-up.</param>
/// <param name="CreateLean">Makes it with the lean client; <see langword="null"/> when it has none.</param>
/// <param name="Transport">The transport when it is the scenario's own affair; <see langword="null"/>: the one that <c>--transport</c> names.</param>
public sealed record ScenarioDefinition(
    string Name, string Summary, Func<LoadSettings, ConnectionTrace, TimeProvider, IScenario> Create,
    Func<LoadSettings, TimeProvider, IScenario>? CreateLean = null,
    HttpTransportType? Transport = null);
