namespace Proxy.Configuration;

/// <summary>What becomes of the connections of a draining node.</summary>
[LowerCaseNames]
public enum DrainMode
{
    /// <summary>They end by themselves.</summary>
    Wait,

    /// <summary>They are moved at the deadline, at a paced rate. Written <c>wait-then-close</c>.</summary>
    WaitThenClose,

    /// <summary>They are closed at once.</summary>
    Cut,
}
