namespace Proxy.Requests;

/// <summary>Whose rules a request follows; decides the id's parameter, the lifetimes and the wording of a refusal.</summary>
internal enum ProtocolProfile
{
    /// <summary>ASP.NET Core SignalR: <c>id</c>.</summary>
    SignalR,

    /// <summary>ASP.NET SignalR 2: <c>connectionToken</c>.</summary>
    Classic,

    /// <summary>Engine.IO, which Socket.IO runs on: <c>sid</c>, together with <c>EIO</c>.</summary>
    EngineIO,
}
