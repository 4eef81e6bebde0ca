namespace EventLoops;

/// <summary>What a descriptor is ready for. The values are those of epoll.</summary>
[Flags]
public enum Readiness : uint
{
    /// <summary>Nothing (no flag of epoll).</summary>
    None = 0,

    /// <summary>A read returns data, the end of the peer's direction, or an error (EPOLLIN).</summary>
    Readable = 0x1,

    /// <summary>A write takes data (EPOLLOUT).</summary>
    Writable = 0x4,

    /// <summary>The connection is broken (EPOLLERR). It is reported with any interest but <see cref="None"/>.</summary>
    Error = 0x8,

    /// <summary>Both directions have ended (EPOLLHUP). It is reported with any interest but <see cref="None"/>.</summary>
    HungUp = 0x10,

    /// <summary>The peer has ended its direction (EPOLLRDHUP).</summary>
    PeerEnded = 0x2000,
}
