namespace Proxy.Requests.Protocols;

/// <summary>A value's place in the raw query.</summary>
/// <param name="Start">0: the query does not have the parameter; a value never starts there, since the query has its question mark.</param>
/// <param name="Length">The value's length.</param>
internal readonly record struct QuerySlice(int Start, int Length);
