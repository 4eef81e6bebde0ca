using Proxy.Configuration;

namespace Proxy.Clusters;

/// <summary>A node that has left.</summary>
/// <param name="Name">Its last name.</param>
/// <param name="Address">Its last address.</param>
/// <param name="EndpointType">Its last type.</param>
/// <param name="At">Timestamp at which it left.</param>
/// <param name="Tags">Tags by which clients may still ask for it.</param>
internal sealed record RemovedNode(string Name, string Address, EndpointType EndpointType, long At, IReadOnlyList<string> Tags);
