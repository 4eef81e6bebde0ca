using Proxy.Configuration;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Proxy.Decisions;

/// <summary>Answers the requests that got no node.</summary>
internal sealed class RefusalPolicy(Refusals refusals) : IAffinityFailurePolicy
{
    public string Name => StickyPolicy.Name;

    public async Task<bool> Handle(HttpContext context, ClusterState cluster, AffinityStatus affinityStatus)
    {
        if (context.Features.Get<RoutedRequest>() is not { } routed)
        {
            return true;
        }

        await refusals.WriteAsync(context, routed, routed.Decision.Outcome, routed.Decision.Status, routed.Decision.Detail);
        return false;
    }
}
