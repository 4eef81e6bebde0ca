using LoadTests.Connections;
using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>A scenario that can be asked for by name.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Summary">One line of the help.</param>
/// <param name="Create">Makes it; nothing is sent before its set-up.</param>
/// <param name="CreateLean">Makes it with the lean client; null when it has none.</param>
internal sealed record ScenarioDefinition(string Name, string Summary, Func<LoadSettings, ConnectionTrace, TimeProvider, IScenario> Create, Func<LoadSettings, TimeProvider, IScenario>? CreateLean = null);
