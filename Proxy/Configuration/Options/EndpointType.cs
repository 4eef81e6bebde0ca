namespace Proxy.Configuration;

/// <summary>Primary or secondary, as in Azure SignalR's multi-endpoint configuration.</summary>
[LowerCaseNames]
public enum EndpointType
{
    /// <summary>Gets new connections while it is online.</summary>
    Primary,

    /// <summary>Gets new connections only while no primary node is online.</summary>
    Secondary,
}
