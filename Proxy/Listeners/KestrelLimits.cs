using Microsoft.AspNetCore.Server.Kestrel.Core;
using Proxy.Configuration;

namespace Proxy.Listeners;

/// <summary>Puts the options of the configuration into those of Kestrel, at the start and while it runs.</summary>
/// <remarks>
/// Kestrel reads them again for each connection or request. Each is written at once as a whole: numbers of 64 bits, references, and limits whose "none" is
/// the greatest number, because a number that may be missing is two.
/// </remarks>
internal static class KestrelLimits
{
    public static void Apply(KestrelOptions from, KestrelServerOptions to)
    {
        to.AddServerHeader = from.AddServerHeader;
        to.AllowAlternateSchemes = from.AllowAlternateSchemes;
        to.AllowHostHeaderOverride = from.AllowHostHeaderOverride;
        to.AllowResponseHeaderCompression = from.AllowResponseHeaderCompression;
        to.AllowSynchronousIO = from.AllowSynchronousIO;
        to.DisableStringReuse = from.DisableStringReuse;

        var (limits, own) = (to.Limits, from.Limits);
        limits.MaxRequestBodySize = own.MaxRequestBodySize ?? long.MaxValue;
        limits.KeepAliveTimeout = own.KeepAliveTimeout;
        limits.RequestHeadersTimeout = own.RequestHeadersTimeout;
        limits.MaxRequestLineSize = own.MaxRequestLineSize;
        limits.MaxRequestHeadersTotalSize = own.MaxRequestHeadersTotalSize;
        limits.MaxRequestHeaderCount = own.MaxRequestHeaderCount;
        limits.MinRequestBodyDataRate = Rate(own.MinRequestBodyDataRate.BytesPerSecond, own.MinRequestBodyDataRate.GracePeriod);
        limits.MinResponseDataRate = Rate(own.MinResponseDataRate.BytesPerSecond, own.MinResponseDataRate.GracePeriod);
        Apply(own.Http2, limits.Http2);
        limits.Http3.MaxRequestHeaderFieldSize = own.Http3.MaxRequestHeaderFieldSize;
    }

    /// <summary>What Kestrel reads only once. Its own limit of upgraded connections stays unset: it does not see WebSockets that were handed off.</summary>
    public static void ApplyAtStart(KestrelLimitOptions from, KestrelServerLimits to)
    {
        to.MaxConcurrentConnections = from.MaxConcurrentConnections;
        to.MaxRequestBufferSize = from.MaxRequestBufferSize;
        to.MaxResponseBufferSize = from.MaxResponseBufferSize;
    }

    private static void Apply(Http2LimitOptions from, Http2Limits to)
    {
        to.MaxStreamsPerConnection = from.MaxStreamsPerConnection;
        to.HeaderTableSize = from.HeaderTableSize;
        to.MaxFrameSize = from.MaxFrameSize;
        to.MaxRequestHeaderFieldSize = from.MaxRequestHeaderFieldSize;
        to.InitialConnectionWindowSize = from.InitialConnectionWindowSize;
        to.InitialStreamWindowSize = from.InitialStreamWindowSize;
        to.KeepAlivePingDelay = from.KeepAlivePingDelay;
        to.KeepAlivePingTimeout = from.KeepAlivePingTimeout;
    }

    private static MinDataRate? Rate(double? bytesPerSecond, TimeSpan gracePeriod) => bytesPerSecond is { } rate ? new MinDataRate(rate, gracePeriod) : null;
}
