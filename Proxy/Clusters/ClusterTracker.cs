using Yarp.ReverseProxy.Model;

namespace Proxy.Clusters;

/// <summary>Follows YARP's clusters for their clients, which probes use too, and for their end.</summary>
internal sealed class ClusterTracker(NodeRegistry registry) : IClusterChangeListener
{
    public void OnClusterAdded(ClusterState cluster) => OnClusterChanged(cluster);

    public void OnClusterChanged(ClusterState cluster)
    {
        if (registry.Find(cluster.ClusterId) is { } known)
        {
            known.Client = cluster.Model.HttpClient;
        }
    }

    public void OnClusterRemoved(ClusterState cluster) => registry.Forget(cluster.ClusterId);
}
