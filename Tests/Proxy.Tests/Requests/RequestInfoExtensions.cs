using Proxy.Requests;

namespace Proxy.Tests.Requests;

internal static class RequestInfoExtensions
{
    /// <summary>The query as the node gets it.</summary>
    public static string QueryWithoutTag(this in RequestInfo request)
    {
        var (start, end) = request.TagSlice;
        return request.Query.Remove(start, end - start);
    }
}
