using System.Globalization;
using System.Net;
using Proxy.Configuration;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Settings;

/// <summary>The keys of the gateway's own configuration that a configuration of nginx stands for.</summary>
internal static class NginxSettings
{
    /// <summary>Holds a text that changes with the files, so that every change of them is a change of the configuration.</summary>
    public const string FingerprintKey = "Nginx:Fingerprint";

    /// <summary>The keys with their values.</summary>
    /// <param name="model">What was read.</param>
    /// <param name="hasListeners">Whether the model says where clients connect, or <c>--urls</c> does.</param>
    public static Dictionary<string, string?> Write(NginxModel model, bool hasListeners)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            // nginx has no cookie of its own, believes no field about the client, and sends no requests to ask whether a node is alive.
            ["Gateway:Affinity:Cookie:Enabled"] = "false",
            ["Gateway:ForwardedHeaders:TrustedProxies"] = "",
            ["Gateway:Health:Probe"] = "tcp",
            ["Kestrel:Limits:KeepAliveTimeout"] = model.KeepAlive.ToString("c", CultureInfo.InvariantCulture),
        };
        foreach (var (upstream, index) in model.Upstreams.Values.Where(static upstream => upstream.Timeouts is not null).Select(static (one, i) => (one, i)))
        {
            WriteCluster(upstream, settings);
            WriteRoute(upstream, index, settings);
        }

        if (hasListeners)
        {
            foreach (var listen in model.Listens)
            {
                WriteListener(listen, model, settings);
            }
        }

        return settings;
    }

    // The gateway chooses the route by itself, so that what it would match has no meaning; but no two may match the same with the same order.
    private static void WriteRoute(NginxUpstream upstream, int index, Dictionary<string, string?> settings)
    {
        var route = $"{ReverseProxyRules.SectionName}:Routes:{upstream.Id}:";
        settings[route + "ClusterId"] = upstream.Id;
        settings[route + "Match:Path"] = "{**catch-all}";
        settings[route + "Order"] = index.ToString(CultureInfo.InvariantCulture);
        settings[route + "Transforms:0:X-Forwarded"] = "Off";
    }

    private static void WriteCluster(NginxUpstream upstream, Dictionary<string, string?> settings)
    {
        var cluster = $"{ReverseProxyRules.SectionName}:Clusters:{upstream.Id}:";
        settings[cluster + "SessionAffinity:Enabled"] = "true";
        settings[cluster + "SessionAffinity:Policy"] = StickyCluster.PolicyName;

        var metadata = cluster + "Metadata:";
        var (connect, read) = upstream.Timeouts!.Value;
        settings[metadata + "Router"] = upstream.Router;
        settings[metadata + "Timeouts.Connect"] = connect.ToString("c", CultureInfo.InvariantCulture);
        foreach (var kind in new[] { "Http", "LongPoll", "Stream", "WebSocket" })
        {
            settings[$"{metadata}Timeouts.{kind}"] = read.ToString("c", CultureInfo.InvariantCulture);
        }

        if (upstream.Peers.Exists(static peer => peer.MaxConnections > 0))
        {
            settings[metadata + "EnforceCapacity"] = "true";
        }

        if (upstream.Sticky is { } sticky)
        {
            settings[metadata + "Cookie.Enabled"] = "true";
            settings[metadata + "Cookie.Name"] = sticky.Name;
            foreach (var (name, value) in sticky.Settings)
            {
                settings[$"{metadata}Cookie.{name}"] = value;
            }
        }

        foreach (var peer in upstream.Peers)
        {
            var node = $"{cluster}Destinations:{NginxUpstream.IdOf(peer.Address)}:";
            settings[node + "Address"] = $"http://{peer.Address}";
            settings[node + "Metadata:Weight"] = peer.Weight.ToString(CultureInfo.InvariantCulture);
            settings[node + "Metadata:ConnectionCapacity"] = peer.MaxConnections.ToString(CultureInfo.InvariantCulture);
            settings[node + "Metadata:EndpointType"] = peer.IsBackup ? "secondary" : "primary";
        }
    }

    private static void WriteListener(NginxListen listen, NginxModel model, Dictionary<string, string?> settings)
    {
        // A listener of Kestrel for all IPv6 addresses takes IPv4 as well.
        var hasBoth = model.Listens.Exists(other => other.Port == listen.Port && other.Address.Equals(IPAddress.IPv6Any));
        if (hasBoth && listen.Address.Equals(IPAddress.Any))
        {
            return;
        }

        var host = listen.Address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{listen.Address}]" : listen.Address.ToString();
        var endpoint = $"Kestrel:Endpoints:{NginxUpstream.IdOf($"{host}:{listen.Port}")}:";
        settings[endpoint + "Url"] = $"{(listen.IsTls ? "https" : "http")}://{host}:{listen.Port}";
        settings[endpoint + "Protocols"] = listen.HasHttp2 ? "Http1AndHttp2" : "Http1";
        if (model.Certificates.TryGetValue(listen, out var certificates))
        {
            WriteCertificates(endpoint, listen, certificates, settings);
        }
    }

    private static void WriteCertificates(string endpoint, NginxListen listen, List<NginxCertificate> certificates, Dictionary<string, string?> settings)
    {
        var main = certificates.Find(certificate => certificate.Server == listen.Default) ?? certificates[0];
        WriteCertificate(endpoint, main, settings);
        foreach (var (version, index) in main.Protocols.Select(static (version, i) => (version, i)))
        {
            settings[$"{endpoint}SslProtocols:{index}"] = version;
        }

        if (certificates.TrueForAll(other => other.Path == main.Path && other.KeyPath == main.KeyPath))
        {
            return;
        }

        foreach (var certificate in certificates)
        {
            foreach (var name in certificate.Server.Names.Where(static name => Uri.CheckHostName(name.Replace("*.", "")) is UriHostNameType.Dns))
            {
                var sni = $"{endpoint}Sni:{name}:";
                if (!settings.ContainsKey(sni + "Certificate:Path")) // the first server of a name counts
                {
                    WriteCertificate(sni, certificate, settings);
                }
            }
        }
    }

    private static void WriteCertificate(string prefix, NginxCertificate certificate, Dictionary<string, string?> settings)
    {
        settings[prefix + "Certificate:Path"] = certificate.Path;
        settings[prefix + "Certificate:KeyPath"] = certificate.KeyPath;
    }
}
