namespace Proxy.Configuration;

/// <summary>A configuration that passed every check. It is never changed; a reload makes another.</summary>
/// <param name="Options">What applies now, with the values of start-up where a change needs a restart.</param>
/// <param name="Kestrel">The same for the program's listeners.</param>
/// <param name="LoadedAt">When it was read.</param>
/// <param name="Version">1 at start, one more with each accepted change.</param>
/// <param name="Warnings">What is allowed but probably not meant, and what waits for a restart.</param>
internal sealed record ConfigurationSnapshot(
    GatewayOptions Options, KestrelOptions Kestrel, DateTimeOffset LoadedAt, int Version, IReadOnlyList<string> Warnings);
