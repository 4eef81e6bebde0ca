using HubNode;
using Xunit;

namespace EndToEndTests.Clients;

/// <summary>What clients of every generation do with the hub of HubNode.</summary>
internal static class HubUse
{
    /// <summary>Streams, a group and the node that answers; then the client stops.</summary>
    /// <param name="client">A client that is connected.</param>
    /// <param name="me">What the node has said of it before; it must say the same at the end.</param>
    /// <param name="canUpload">The client can stream to the hub, which came with 3.0.</param>
    public static async Task AssertStreamsAndGroupsAsync(this ScriptClient client, HubCaller me, bool canUpload)
    {
        Assert.Equal([0, 1, 2, 3, 4], await client.StreamAsync("Counter", 5, 10));
        if (canUpload)
        {
            Assert.Equal(60L, await client.UploadAsync<long>("Sum", 10, 20, 30));
        }

        await client.InvokeAsync<object>("JoinGroup", client.Name);
        await client.InvokeAsync<object>("SendToGroup", client.Name, "me", "to my group");
        var message = await client.EventAsync("message");
        Assert.Equal(["me", "to my group", me.Node], message.Values);
        Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        await client.StopAsync();
        await client.EventAsync("closed");
    }
}
