using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Proxy.Clusters;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests;

/// <summary>What a request with a tagged id costs in memory from the server's call to the last byte of its answer, beside YARP alone.</summary>
/// <remarks>
/// Deciding allocates nothing (see <see cref="Affinity.AllocationTests"/>). A send's 792 bytes are: 176 what the steps know of the request (RoutedRequest),
/// 64 its
/// only Attempt, 136 its record in the trace (none with <c>TraceSize</c> 0), 288 YARP's own for hooking in (200 its affinity middleware, 48 and 40 the
/// contexts of
/// response and query transforms), 152 for one header more than YARP sends (Host), less 24 for the path that is passed on as it came. A poll's other 256 are
/// the
/// means to give it up: AttemptLimit, its source, and a registration.
/// </remarks>
public sealed class PipelineAllocationTests
{
    private const int Times = 200;

    /// <summary>Without optimisation the compiler makes a class of every async method's state, and each call allocates one.</summary>
#if DEBUG
    private const int UnoptimisedBuild = 680;
#else
    private const int UnoptimisedBuild = 0;
#endif

    [Theory]
    [InlineData("POST", "203.0.113.7", 792)]
    [InlineData("GET", "203.0.113.7", 1048)]
    [InlineData("GET", "::ffff:203.0.113.7", 1072)]
    public async Task TaggedId_BesideYarp_CostsNoMoreThanItsBudget(string method, string client, int budget)
    {
        await using var yarp = await InMemoryProxy.StartYarpAsync();
        await using var gateway = await InMemoryProxy.StartGatewayAsync();
        var snapshot = gateway.Services.GetRequiredService<NodeRegistry>().Snapshot("gateway")!;
        var query = "?id=0123456789abcdefghijkl" + Tag.Prefix + snapshot.TagOf(snapshot.Nodes[0]);

        var more = BytesPerRequest(gateway, method, query, client) - BytesPerRequest(yarp, method, query, client);

        Assert.InRange(more, 0, budget + UnoptimisedBuild);
    }

    private static long BytesPerRequest(InMemoryProxy proxy, string method, string query, string client)
    {
        // The least of several rounds: a round may meet the tiered compiler at work.
        var least = long.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            var requests = Enumerable.Range(0, Times).Select(_ => InMemoryProxy.CreateRequest(method, "/chat", query, IPAddress.Parse(client))).ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var request in requests)
            {
                proxy.Process(request);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / Times;
    }
}
