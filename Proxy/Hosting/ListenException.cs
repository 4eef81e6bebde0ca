namespace Proxy.Hosting;

/// <summary>A listener could not be opened.</summary>
/// <param name="where">Its address, and the configuration's key where that is known.</param>
/// <param name="innerException">What the system or Kestrel has said.</param>
internal sealed class ListenException(string where, Exception innerException)
    : Exception($"{where} could not be opened: {innerException.Message}", innerException)
{
    /// <summary>The listener's address, and the configuration's key where that is known.</summary>
    public string Where => where;
}
