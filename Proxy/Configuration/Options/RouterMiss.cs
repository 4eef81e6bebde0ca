namespace Proxy.Configuration;

/// <summary>What a router that reads the node's name from the request does when the request names none.</summary>
public enum RouterMiss
{
    /// <summary>The <c>weighted</c> router decides.</summary>
    Fallback,

    /// <summary>The request is refused with 400.</summary>
    BadRequest,
}
