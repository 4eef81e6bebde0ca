namespace LoadTests.Engine;

/// <summary>Which settings a scenario heeds; the others are not printed with its result.</summary>
[Flags]
public enum ScenarioSettings
{
    None = 0,

    /// <summary>Transport, negotiate and what else makes a hub connection.</summary>
    Hub = 1,

    /// <summary>Connections, at every rate.</summary>
    Connections = 2,

    /// <summary>Rate and warm-up: there are units. Without, the load is what the set-up made, held for the duration.</summary>
    Units = 4,

    /// <summary>The size of a message.</summary>
    Message = 8,

    /// <summary>The hub's method that sends to all, and its event.</summary>
    Broadcast = 16,

    /// <summary>The page that is asked for by plain HTTP, beside the hub.</summary>
    Page = 32,
}
