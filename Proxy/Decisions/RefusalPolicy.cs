using Proxy.Configuration;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Proxy.Decisions;

/// <summary>Answers the requests that were refused by the decision.</summary>
internal sealed class RefusalPolicy(Refusals refusals) : IAffinityFailurePolicy
{
    public string Name => StickyCluster.PolicyName;

    public async Task<bool> Handle(HttpContext context, ClusterState cluster, AffinityStatus affinityStatus)
    {
        if (context.Features.Get<RoutedRequest>() is not { Decision.Refusal: { } refusal } routed)
        {
            return true;
        }

        await refusals.WriteAsync(context, routed, refusal);
        return false;
    }
}
