using Proxy.Affinity.Sharing;
using Proxy.Connections;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Affinity.Sharing;

public sealed class SharedIdTests
{
    private readonly TestCluster _cluster = new("a");
    private readonly SharedId _id;
    private readonly IdKey _key;

    public SharedIdTests()
    {
        _cluster.Learn("learned", "a");
        _key = _cluster.Connections.Hasher.Hash("learned"u8);
        _id = new SharedId(_cluster.Connections.Find(_key)!, "name", "value");
    }

    private bool IsDue => _id.IsDue(_cluster.Time, generation: 1);

    [Fact]
    public void NotWritten_IsDue()
    {
        Assert.True(IsDue);

        Written();
        Assert.False(IsDue);
    }

    /// <summary>Each third of its time while it is used; so an entry lasts for at least as long as any replica remembers the id.</summary>
    [Fact]
    public void InUse_IsDueEachThird()
    {
        Written();
        var connection = Start(Transport.WebSockets);
        for (var i = 0; i < 10; i++)
        {
            _cluster.Time.Advance((_id.Lifetime / 3) - TimeSpan.FromSeconds(1));
            Assert.False(IsDue);
            _cluster.Time.Advance(TimeSpan.FromSeconds(1.1));
            Assert.True(IsDue);
            Written();
        }

        Assert.True(_id.Lifetime - (_id.Lifetime / 3) > connection.Lifetime);
    }

    [Fact]
    public void UsedSince_IsDueOnce_ThenFallsSilent()
    {
        Written();
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        _cluster.Connections.RequestEnded(Start(Transport.LongPolling), Transport.LongPolling, isGone: false, isGoneIfLast: false);

        _cluster.Time.Advance(_id.Lifetime / 3);
        Assert.True(IsDue);
        Written();

        _cluster.Time.Advance(_id.Lifetime / 3);
        Assert.False(IsDue);
    }

    [Fact]
    public void AnotherConnectionToTheStore_IsDueAtOnce()
    {
        Written();

        Assert.True(_id.IsDue(_cluster.Time, generation: 2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ended_IsGoneForOthersOnlyIfItsOwnerSaidSo(bool isGone)
    {
        var connection = Start(Transport.LongPolling);

        _cluster.Connections.RequestEnded(connection, Transport.LongPolling, isGone, isGoneIfLast: true); // or the next poll has come by another replica

        Assert.Equal((true, isGone), (_id.HasEnded, _id.IsGone));
    }

    private Connection Start(Transport transport) =>
        _cluster.Connections.RequestStarted(_key, _cluster["a"].State, SignalRProtocol.Instance, transport, client: null)!;

    private void Written() => (_id.WrittenAt, _id.WrittenBy) = (_cluster.Time.GetTimestamp(), 1);
}
