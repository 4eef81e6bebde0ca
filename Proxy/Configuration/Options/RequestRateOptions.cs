namespace Proxy.Configuration;

/// <summary><c>Kestrel:Limits:MinRequestBodyDataRate</c>.</summary>
internal sealed class RequestRateOptions
{
    /// <summary>Bytes a second of a request body; one that comes slower gets 408. An empty value sets no rate.</summary>
    /// <value>0.01 or more. Default: none.</value>
    [Limits(0.01, double.MaxValue, Consequence = "an empty value sets no rate")]
    public double? BytesPerSecond { get; set; }

    /// <summary>For how long a body may be slower.</summary>
    /// <value>00:00:02 to 1.00:00:00. Default: 00:00:05.</value>
    [Limits("00:00:02", "1.00:00:00", Consequence = "Kestrel looks once a second")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(5);
}
