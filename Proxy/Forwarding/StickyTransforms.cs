using Proxy.Configuration;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Proxy.Forwarding;

/// <summary>Puts the gateway's request and response steps on every route whose cluster takes part.</summary>
internal sealed class StickyTransforms(ResponseSteps responseSteps) : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (!StickyCluster.IsChosen(context.Cluster))
        {
            return;
        }

        // An application that has transforms of its own for these headers keeps them.
        if (!context.RequestTransforms.Any(transform => transform is RequestHeaderOriginalHostTransform))
        {
            context.AddOriginalHost(true);
        }

        var ownsForwardedHeaders = context.UseDefaultForwarders ?? true;
        context.UseDefaultForwarders = false;
        context.AddRequestTransform(ownsForwardedHeaders ? RequestSteps.ApplyWithForwardedHeaders : RequestSteps.Apply);
        context.AddResponseTransform(responseSteps.ApplyAsync);
    }
}
