namespace Proxy.SelfTest;

/// <summary>Stable names of findings.</summary>
internal static class CheckCode
{
    /// <summary>The negotiate came through.</summary>
    public const string Negotiated = "negotiated";

    /// <summary>A transport works, and at once.</summary>
    public const string Works = "works";

    /// <summary>The connection was still there after the idle time.</summary>
    public const string Kept = "kept";

    /// <summary>The hub does not offer this transport.</summary>
    public const string NotOffered = "not-offered";

    /// <summary>No server answers at the address.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The negotiate was answered, but not by a hub.</summary>
    public const string NegotiateRefused = "negotiate-refused";

    /// <summary>The answer points to another address.</summary>
    public const string Redirected = "redirected";

    /// <summary>401 or 403.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The connection token carries no tag.</summary>
    public const string NotTagged = "not-tagged";

    /// <summary>The tag is another gateway's.</summary>
    public const string ForeignTag = "foreign-tag";

    /// <summary>Two negotiates gave the same connection.</summary>
    public const string Cached = "cached";

    /// <summary>A WebSocket handshake was answered as an ordinary request.</summary>
    public const string UpgradeStripped = "upgrade-stripped";

    /// <summary>A transport's first request was refused.</summary>
    public const string Refused = "refused";

    /// <summary>Events do not arrive when they are sent.</summary>
    public const string EventsBuffered = "events-buffered";

    /// <summary>An event stream is compressed on its way.</summary>
    public const string EventsCompressed = "events-compressed";

    /// <summary>A message to the hub takes too long.</summary>
    public const string PostDelayed = "post-delayed";

    /// <summary>POST or DELETE is not let through.</summary>
    public const string MethodRefused = "method-refused";

    /// <summary>404: a request with an id did not reach the connection's owner.</summary>
    public const string AffinityLost = "affinity-lost";

    /// <summary>The hub did not answer the handshake, or not as a hub does.</summary>
    public const string NoHandshake = "no-handshake";

    /// <summary>The connection was cut while it was idle.</summary>
    public const string Cut = "idle-cut";

    /// <summary>The hub or the gateway ended the connection in an orderly way.</summary>
    public const string Ended = "ended";
}
