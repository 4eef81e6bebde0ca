namespace Proxy.Outcomes;

/// <summary>What an outcome says of the owner of the request's id.</summary>
internal enum OwnerLookup
{
    /// <summary>The owner was not looked for, or plays no part in the outcome.</summary>
    None,

    /// <summary>The id named its owner.</summary>
    Found,

    /// <summary>It is not known who owned the id.</summary>
    Unknown,

    /// <summary>It is known who owned the id, and that the connection is gone.</summary>
    Lost,
}
