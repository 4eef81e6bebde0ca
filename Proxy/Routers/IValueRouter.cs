namespace Proxy.Routers;

/// <summary>A router that reads one value of the request.</summary>
internal interface IValueRouter
{
    /// <summary>The value that it reads.</summary>
    RequestValue Source { get; }
}
