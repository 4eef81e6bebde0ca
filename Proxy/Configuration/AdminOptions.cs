namespace Proxy.Configuration;

/// <summary><c>Gateway:Admin</c>: the listener for diagnostics and operations.</summary>
public sealed class AdminOptions
{
    /// <summary>Address of the admin listener; empty switches it off. Anything but loopback needs <see cref="ApiKey"/>. Changing it needs a restart.</summary>
    public string? Url { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Asked for as <c>Authorization: Bearer</c> by everything but <c>/healthz</c>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Host names, besides IP literals and <c>localhost</c>, under which the listener may be addressed.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];
}
