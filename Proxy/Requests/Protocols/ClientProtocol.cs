using System.Text.Json;
using Proxy.Outcomes;

namespace Proxy.Requests.Protocols;

/// <summary>What the gateway has to know of a protocol that clients speak. A new one is a subclass and its line in <see cref="ClientProtocols"/>.</summary>
/// <remarks>Members that take a request or a query are called for every request: they allocate nothing.</remarks>
internal abstract class ClientProtocol
{
    /// <summary>The name in diagnostics; public, and never changed.</summary>
    public abstract string Name { get; }

    /// <summary>The query parameter that carries a connection's id.</summary>
    public abstract string IdParameter { get; }

    /// <summary>The query parameters by which its requests are known: one that has a value makes a request this protocol's.</summary>
    public abstract IReadOnlyList<string> Markers { get; }

    /// <summary>The query parameters that the protocol reads besides.</summary>
    public abstract IReadOnlyList<string> OtherParameters { get; }

    /// <summary>Whether a request, which is no WebSocket handshake, opens a connection and is answered with its id.</summary>
    public abstract bool IsNegotiate(HttpRequest request, in QueryValues query, bool hasId);

    /// <summary>The transport of a request with an id that is no WebSocket handshake; <see cref="Transport.Unknown"/> for one that is answered at
    /// once.</summary>
    public abstract Transport TransportOf(HttpRequest request, in QueryValues query);

    /// <summary>The hub's path, without a slash at its end: the request's own, less the last segment if it is one that clients put behind it.</summary>
    /// <param name="path">The path of any of the protocol's requests, and no other.</param>
    public abstract ReadOnlySpan<char> HubPathOf(ReadOnlySpan<char> path);

    /// <summary>Whether the answer to a negotiate can be of a media type, which is empty when the answer names none.</summary>
    public abstract bool IsAnswerType(string mediaType);

    /// <summary>How long an id outlives its last request. A node forgets it earlier, so that an id that is unknown here is unknown there.</summary>
    public abstract TimeSpan Lifetime { get; }

    /// <summary>A client whose poll ends empty polls again, at any gateway, and its connection goes on. If it ends with 204, the client reconnects.</summary>
    public abstract bool ResumesPolls { get; }

    /// <summary>The node forgets a connection when its event stream ends; if not, the client opens another stream for the same id.</summary>
    public abstract bool EndsWithEventStream { get; }

    /// <summary>An empty POST with an id, which changes nothing, is answered with 200 or 405 by its owner alone.</summary>
    public abstract bool CanAskNodes { get; }

    /// <summary>Clients follow an answer to a negotiate that holds a <c>url</c>, and negotiate again there.</summary>
    public virtual bool FollowsRedirects => false;

    /// <summary>The method of a negotiate, for requests that the gateway imagines.</summary>
    public abstract string NegotiateMethod { get; }

    /// <summary>A query that makes a request one of this protocol's, with its question mark, or empty; for requests that the gateway imagines.</summary>
    public abstract string MinimalQuery { get; }

    /// <summary>Whether a value can be an id where neither its path nor this gateway's memory says so.</summary>
    public abstract bool LooksLikeId(ReadOnlySpan<char> rawId);

    /// <summary>Whether a value can be an id at a hub's path, of a server of any make; what an application numbers or names its things by cannot.</summary>
    public abstract bool CanBeId(ReadOnlySpan<char> rawId);

    /// <summary>What the owner's answer to a request with an id says of the connection.</summary>
    /// <param name="status">The status, or 0 when there was no answer.</param>
    public abstract ConnectionEnd EndAfter(int status);

    /// <summary>The refusal of a request whose id has no owner, in the words of the protocol's servers.</summary>
    public abstract Refusal RefuseId(RoutingOutcome outcome);

    /// <summary>What <see cref="Parse"/> says of an answer that is not what the protocol says.</summary>
    protected static NegotiateAnswer Unreadable => new(null) { IsUnreadable = true };

    /// <summary>Finds the id in the answer to a negotiate; an answer that cannot be read has none.</summary>
    /// <param name="body">The whole body.</param>
    public NegotiateAnswer ReadAnswer(ReadOnlySpan<byte> body)
    {
        try
        {
            var answer = Parse(body);
            return HasControlCharacter(answer.Id) || HasControlCharacter(answer.OtherId) ? Unreadable : answer;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Unreadable; // InvalidOperationException: a string holds half a surrogate pair, or bytes that are not UTF-8
        }
    }

    // Clients put an id into a URL as it is, where browsers drop some of these characters and encode others.
    private static bool HasControlCharacter(ReadOnlySpan<byte> id) => id.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || id.Contains((byte)0x7F);

    /// <inheritdoc cref="ReadAnswer"/>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    /// <exception cref="InvalidOperationException">A string of the body is no text.</exception>
    protected abstract NegotiateAnswer Parse(ReadOnlySpan<byte> body);
}
