namespace Proxy.Configuration;

/// <summary><c>Kestrel:Limits:MinResponseDataRate</c>. It counts only while the client does not take what is to be sent.</summary>
internal sealed class ResponseRateOptions
{
    /// <summary>Bytes a second of a response; a client that takes it slower is cut off. An empty value sets no rate.</summary>
    /// <value>0.01 or more. Default: 240.</value>
    [Limits(0.01, double.MaxValue, Consequence = "an empty value sets no rate")]
    public double? BytesPerSecond { get; set; } = 240;

    /// <summary>For how long a client may take nothing. The default is that of nginx's <c>send_timeout</c>; Kestrel's 5 s cut readers that a network has
    /// held up.</summary>
    /// <value>00:00:02 to 1.00:00:00. Default: 00:01:00.</value>
    [Limits("00:00:02", "1.00:00:00", Consequence = "Kestrel looks once a second")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(1);
}
