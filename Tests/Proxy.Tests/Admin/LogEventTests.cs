using System.Reflection;
using EventLoops;
using Microsoft.Extensions.Logging;
using Proxy.Clusters;
using Proxy.Decisions;
using Xunit;

namespace Proxy.Tests.Admin;

/// <summary>Ids and names of log events are public: a change is an entry in the changelog.</summary>
public sealed class LogEventTests
{
    private static readonly Event[] Events =
    [
        .. new[] { typeof(GatewayApp).Assembly, typeof(EventLoop).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (Method: method, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(pair => pair.Message is not null)
            .Select(pair => new Event(
                CategoryOf(pair.Method.DeclaringType!), pair.Message!.EventId, pair.Message.EventName ?? "", pair.Message.Level, pair.Message.Message))
            .OrderBy(one => one.Category, StringComparer.Ordinal).ThenBy(one => one.Id),
    ];

    [Fact]
    public void Events_All_AreThoseOfTheSnapshot() =>
        Snapshot.Check("LogEvents.txt", string.Concat(Events.Select(one => $"{one.Category} {one.Id} {one.Name} {one.Level}\n")));

    [Fact]
    public void Events_OfOneCategory_HaveIdsAndNamesOfTheirOwn()
    {
        Assert.NotEmpty(Events);
        Assert.Equal(Events.Length, Events.DistinctBy(one => (one.Category, one.Id)).Count());
        Assert.Equal(Events.Length, Events.DistinctBy(one => (one.Category, one.Name)).Count());
        Assert.All(Events, one => Assert.True(one is { Id: > 0, Name.Length: > 0 }, one.ToString()));
    }

    // The gateway's own words; what they are filled with is looked at by the canary tests.
    [Fact]
    public void Events_Templates_AskForNoSecret() =>
        Assert.All(Events, one => Assert.DoesNotMatch("(?i){(query|token|cookie|header|authorization|url|uri)[^}]*}", one.Category.EndsWith(
            "AdminListener", StringComparison.Ordinal) ? "" : one.Message));

    private static string CategoryOf(Type type) =>
        type == typeof(NodeLog) ? typeof(NodeRegistry).FullName!
        : type.DeclaringType == typeof(AccessLog) ? AccessLog.Category
        : (type.DeclaringType ?? type).FullName!;

    private sealed record Event(string Category, int Id, string Name, LogLevel Level, string Message);
}
