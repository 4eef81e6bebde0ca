using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Proxy.Metrics;

namespace Proxy.Admin.Metrics;

/// <summary>Listens to the meters that <c>GET /metrics</c> shows: the gateway's own, ASP.NET Core's, the HTTP client's and the runtime's.</summary>
internal sealed class MetricsCollector : IDisposable
{
    /// <summary>Meters that are shown and exported.</summary>
    public static readonly IReadOnlyList<string> Meters =
    [
        GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Net.NameResolution", "System.Runtime",
    ];

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _factory;
    private readonly Lock _gate = new();
    private int _round = 1;

    public MetricsCollector(IMeterFactory factory)
    {
        _factory = factory;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<byte>((instrument, value, tags, state) => Take(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<short>((instrument, value, tags, state) => Take(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, state) => Take(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) => Take(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, state) => Take(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<double>(Take);
        _listener.SetMeasurementEventCallback<decimal>((instrument, value, tags, state) => Take(instrument, (double)value, tags, state));
    }

    /// <summary>Whether an instrument belongs to this application, or to nobody in particular; several gateways may run in one process.</summary>
    public static bool IsOf(Instrument instrument, IMeterFactory factory) => instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, factory);

    /// <summary>Begins to listen; nothing is counted before.</summary>
    public void Start() => _listener.Start();

    /// <summary>Everything, in Prometheus's text format.</summary>
    public string Write()
    {
        lock (_gate)
        {
            _round++;
            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 * 1024);
            foreach (var (_, family) in _families.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                PrometheusFormat.Write(text, family, _round);
            }

            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (Meters.Contains(instrument.Meter.Name, StringComparer.Ordinal) && IsOf(instrument, _factory))
        {
            var family = MetricFamily.Of(instrument);
            listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(family.Name, family));
        }
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var family = (MetricFamily)state!;
        var series = family.Find(tags);
        if (family.Bounds is not null)
        {
            series.Record(value);
        }
        else if (instrument.IsObservable)
        {
            series.Set(value, _round);
        }
        else if (IsSet(instrument))
        {
            series.Set(value, 0);
        }
        else
        {
            series.Add(value);
        }
    }

    private static bool IsSet(Instrument instrument) => instrument is Gauge<int> or Gauge<long> or Gauge<double>;
}
