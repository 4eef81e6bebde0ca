namespace Proxy.Connections;

/// <summary>An open transport request that can be ended so that its client understands and comes back.</summary>
internal interface IClosable
{
    /// <summary>Ends it in the transport's own way as soon as that is possible; returns at once. May be called more than once.</summary>
    void RequestClose();
}
