namespace Proxy.Requests.Protocols;

/// <summary>A list of protocols that requests are told apart by.</summary>
internal sealed class ClientProtocols
{
    /// <summary>Distinct query parameters of all protocols together; each takes room on the stack of every request.</summary>
    public const int MaxParameters = 8;

    private readonly ClientProtocol[] _protocols;
    private readonly string[] _parameters;
    private readonly int[] _idPositions;
    private readonly int[] _marked;

    /// <param name="protocols">Where a request has markers of several, the first of them gets it; one without any is the last's.</param>
    public ClientProtocols(params ClientProtocol[] protocols)
    {
        _protocols = protocols;
        _parameters =
        [
            .. protocols.SelectMany(IEnumerable<string> (protocol) => [protocol.IdParameter, .. protocol.Markers, .. protocol.OtherParameters])
                .Prepend(Tag.Parameter).Distinct(StringComparer.OrdinalIgnoreCase),
        ];
        if (_parameters.Length > MaxParameters)
        {
            throw new ArgumentException($"The protocols read {_parameters.Length} query parameters; {MaxParameters} are the most.", nameof(protocols));
        }

        _idPositions = Array.ConvertAll(protocols, protocol => Array.FindIndex(_parameters, name => IsSame(name, protocol.IdParameter)));
        _marked = Array.ConvertAll(_parameters, name => Array.FindIndex(
            protocols, protocol => protocol.Markers.Any(marker => IsSame(marker, name))) is >= 0 and var first ? first : Last);
    }

    /// <summary>The protocols that the gateway serves.</summary>
    public static ClientProtocols Default { get; } = new(EngineIOProtocol.Instance, ClassicSignalRProtocol.Instance, SignalRProtocol.Instance);

    public IReadOnlyList<ClientProtocol> All => _protocols;

    /// <summary>The query parameters that any protocol reads; the first is <see cref="Tag.Parameter"/>.</summary>
    public ReadOnlySpan<string> Parameters => _parameters;

    /// <summary>Position of the last protocol, which gets the requests that none is marked in.</summary>
    public int Last => _protocols.Length - 1;

    public ClientProtocol this[int position] => _protocols[position];

    /// <summary>Position of the protocol that a parameter marks a request for; the last for one that is no marker.</summary>
    public int MarkedBy(int parameter) => _marked[parameter];

    /// <summary>Position among the parameters of the one that carries a protocol's id.</summary>
    public int IdPositionOf(int protocol) => _idPositions[protocol];

    private static bool IsSame(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
