namespace Proxy.Configuration;

/// <summary>How a node's health is asked.</summary>
[LowerCaseNames]
public enum ProbeKind
{
    /// <summary>A GET.</summary>
    Http,

    /// <summary>A TCP connection.</summary>
    Tcp,

    /// <summary>A negotiate, each transport and a handshake on the hub at <see cref="HealthOptions.Path"/>.</summary>
    Signalr,

    /// <summary>Not at all; only what real requests meet counts.</summary>
    None,
}
