namespace Proxy.Configuration;

/// <summary><c>Gateway:Admin</c>: the listener for diagnostics and operations.</summary>
public sealed class AdminOptions
{
    /// <summary>Address of the admin listener; empty (<see langword="null"/>) switches it off. Changing it needs a restart.</summary>
    /// <value><c>http</c> or <c>https</c>, <c>localhost</c>, an IP, or <c>*</c> for every interface, and a port. Anything but loopback needs
    /// <see cref="ApiKey"/>. Default: http://127.0.0.1:8081.</value>
    [NeedsRestart]
    public string? Url { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Asked for as <c>Authorization: Bearer</c> by everything but <c>/healthz</c> and the dashboard's files;
    /// <see langword="null"/> = nothing is asked for.</summary>
    /// <value>Visible ASCII without spaces; 16 characters or more are advised. Default: none.</value>
    [Secret]
    public string? ApiKey { get; set; }

    /// <summary>Host names, besides IP literals and <c>localhost</c>, under which the listener may be addressed; without port, no wildcards.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];
}
