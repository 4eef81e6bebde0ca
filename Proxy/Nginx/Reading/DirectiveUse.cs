namespace Proxy.Nginx.Reading;

internal enum DirectiveUse
{
    /// <summary>It is done.</summary>
    Applied,

    /// <summary>A block, which is done.</summary>
    Block,

    /// <summary>It has no meaning here, or the gateway does it by itself: neither clients nor nodes can tell.</summary>
    Default,

    /// <summary>One value is what the gateway does anyway, others are refused.</summary>
    OneValue,

    /// <summary>Clients could tell that it is not done, but the content is the same.</summary>
    Different,
}
