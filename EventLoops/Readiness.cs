namespace EventLoops;

/// <summary>What a descriptor is ready for; the values are epoll's.</summary>
[Flags]
public enum Readiness : uint
{
    None = 0,

    /// <summary>A read gives data, the peer's end, or an error.</summary>
    Readable = 0x1,

    /// <summary>A write takes data.</summary>
    Writable = 0x4,

    /// <summary>The connection is broken; told whether asked for or not.</summary>
    Error = 0x8,

    /// <summary>Both directions have ended; told whether asked for or not.</summary>
    HungUp = 0x10,

    /// <summary>The peer has ended its direction.</summary>
    PeerEnded = 0x2000,
}
