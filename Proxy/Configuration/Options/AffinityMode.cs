namespace Proxy.Configuration;

/// <summary>What is asked to find the node of a request, in this order; the table is in docs/configuration.md.</summary>
public enum AffinityMode
{
    /// <summary>With an id: tag, store, (probe), else refusal. Without: cookie, router. Answers to negotiate version 1 are
    /// tagged, the others learned.</summary>
    Auto,

    /// <summary>With an id: its tag; an id without any tag counts as none. Without: cookie, router.</summary>
    Tag,

    /// <summary>With an id: store, (probe), else refusal; bodies stay as they are. Without: cookie, router.</summary>
    Learn,

    /// <summary>Cookie, router; ids are not looked at.</summary>
    Cookie,

    /// <summary>Hash of the client's address, as nginx's <c>ip_hash</c>; ids are not looked at.</summary>
    ClientIp,

    /// <summary>Router; nothing is kept together.</summary>
    None,
}
