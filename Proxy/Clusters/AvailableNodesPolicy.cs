using Proxy.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Proxy.Clusters;

/// <summary>YARP asks it at every change of destinations and health: the moment to build the next snapshot.</summary>
internal sealed class AvailableNodesPolicy(NodeRegistry registry) : IAvailableDestinationsPolicy
{
    public string Name => StickyCluster.PolicyName;

    // The name is YARP's.
    public IReadOnlyList<DestinationState> GetAvailalableDestinations(ClusterConfig config, IReadOnlyList<DestinationState> allDestinations)
    {
        registry.Refresh(config, allDestinations);

        // YARP itself must always find a destination: the affinity policy decides which node is picked, and which request is refused.
        return allDestinations;
    }
}
