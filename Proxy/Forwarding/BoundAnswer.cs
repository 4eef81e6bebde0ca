using Proxy.Connections;

namespace Proxy.Forwarding;

/// <summary>A negotiate answer after it was read for its id.</summary>
/// <param name="Result">What became of the id.</param>
/// <param name="Body">What was read, tagged where it had to be; <see langword="null"/>: nothing was read, YARP copies the answer.</param>
/// <param name="IsRewritten">The body differs from the node's.</param>
/// <param name="IsComplete">Nothing is left to be read.</param>
internal readonly record struct BoundAnswer(BindResult Result, byte[]? Body, bool IsRewritten, bool IsComplete);
