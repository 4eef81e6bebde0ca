using Proxy.Configuration;

namespace Proxy.Routers;

/// <summary>Routers that differ in a part of their name, such as <c>query:NAME</c>: each name makes a router of its own.</summary>
internal interface IRouterFamily
{
    /// <summary>What may be written, for messages.</summary>
    IReadOnlyList<string> Forms { get; }

    /// <summary>Makes the router of a name.</summary>
    /// <param name="name">As in <c>Gateway:Router</c>; words are compared without case.</param>
    /// <param name="miss">What a router does that finds no node's name in the request.</param>
    /// <param name="fallback">Decides where the request lacks the value that the router reads.</param>
    /// <returns><see langword="null"/> when the name is none of this family.</returns>
    INegotiateRouter? Create(string name, RouterMiss miss, INegotiateRouter fallback);
}
