using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;
using Proxy.Configuration;
using Proxy.Nginx.Model;
using Proxy.Nginx.Settings;
using Yarp.ReverseProxy.Model;

namespace Proxy.Nginx.Runtime;

/// <summary>The configuration of nginx that requests are served by: the last one that the gateway has accepted.</summary>
internal sealed partial class NginxRuntime : IDisposable
{
    private readonly EndpointDataSource _endpoints;
    private readonly IDisposable _subscription;
    private readonly IDisposable _endpointsChanged;
    private readonly ILogger _logger;
    private volatile FrozenDictionary<string, Endpoint> _routes = FrozenDictionary<string, Endpoint>.Empty;
    private volatile NginxModel _model;

    public NginxRuntime(NginxConfigurationProvider provider, LiveConfiguration live, EndpointDataSource endpoints, ILogger<NginxRuntime> logger)
    {
        _endpoints = endpoints;
        _logger = logger;
        _model = provider.Model;
        LogNotes(_model);
        _endpointsChanged = ChangeToken.OnChange(endpoints.GetChangeToken, ReadRoutes);
        ReadRoutes();
        _subscription = live.OnChange(_ =>
        {
            if (provider.Model != _model)
            {
                _model = provider.Model;
                LogNotes(_model);
            }
        });
    }

    public NginxModel Model => _model;

    /// <summary>YARP's endpoint for a cluster; <see langword="null"/> while YARP has not taken over a change.</summary>
    public Endpoint? EndpointOf(string clusterId) => _routes.GetValueOrDefault(clusterId);

    public void Dispose()
    {
        _subscription.Dispose();
        _endpointsChanged.Dispose();
    }

    private void ReadRoutes()
    {
        var routes = new Dictionary<string, Endpoint>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in _endpoints.Endpoints)
        {
            if (endpoint.Metadata.GetMetadata<RouteModel>() is { } route)
            {
                routes[route.Config.RouteId] = endpoint;
            }
        }

        _routes = routes.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private void LogNotes(NginxModel model)
    {
        foreach (var note in model.Notes)
        {
            if (note.IsDifference)
            {
                Log.TakenOtherwise(_logger, note.Text);
            }
            else
            {
                Log.TakenAsDefault(_logger, note.Text);
            }
        }
    }
}
