#pragma warning disable CA2252 // IStatefulReconnectFeature is marked as preview, and is how HubConnection is told of a resumed connection.
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace LoadTests.Connections;

/// <summary>Tells the hub connection that its bytes go on over another socket; it then sends again what was lost.</summary>
internal sealed class StatefulReconnect : IStatefulReconnectFeature
{
    private volatile Func<PipeWriter, Task>? _reconnected;
    private volatile bool _disabled;

    public bool Enabled => !_disabled && _reconnected is not null;

    public void OnReconnected(Func<PipeWriter, Task> notifyOnReconnected) => _reconnected += notifyOnReconnected;

    public void DisableReconnect() => _disabled = true;

    public void AddTo(IFeatureCollection features) => features.Set<IStatefulReconnectFeature>(this);

    public Task NotifyAsync(PipeWriter output) => _reconnected!(output);
}
