using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Proxy.Configuration;

/// <summary>The addresses of the program's listeners: each has to be one, and no two may be the same.</summary>
internal static class AddressRules
{
    private const string Endpoints = $"{KestrelReader.SectionName}:{nameof(KestrelOptions.Endpoints)}";

    public static void Check(IConfiguration configuration, KestrelOptions options, Problems problems)
    {
        List<(string Key, string Text, BindingAddress Address)> listeners = [];
        foreach (var (key, text) in Texts(configuration, options))
        {
            if (Parse(text) is not { } address)
            {
                problems.Error(key, $"is {Quoted.Address(text)} but must be an http or https address with host or IP and a port from 0 to 65535, "
                    + "such as http://*:8080, or http://unix:/ and the path of a socket; nothing would listen");
                continue;
            }

            foreach (var other in listeners.Where(other => ListenAddress.Collide(other.Address, address)))
            {
                problems.Error(key, other.Key == key && other.Text == text
                    ? $"names {Quoted.Address(text)} twice; only one of the two could listen"
                    : $"is {Quoted.Address(text)}, which {other.Key} ({Quoted.Address(other.Text)}) takes as well; only one of the two could listen");
            }

            listeners.Add((key, text, address));
        }

        // Kestrel lets no handshake of QUIC be decided about for an address of Urls, so the certificate could not be renewed.
        if (options is { Endpoints.Count: 0, EndpointDefaults.Protocols: { } protocols } && protocols.HasFlag(HttpProtocols.Http3)
            && options.Certificates.Default.IsGiven() && listeners.Any(static listener => listener.Address.Scheme is "https"))
        {
            problems.Error($"{KestrelReader.SectionName}:{nameof(options.EndpointDefaults)}:{nameof(options.EndpointDefaults.Protocols)}",
                $"is '{protocols}', for which the https addresses have to be written as {Endpoints}:NAME:Url; Kestrel would not start");
        }

        foreach (var (name, _) in options.Endpoints.Where(static endpoint => string.IsNullOrWhiteSpace(endpoint.Value.Url)))
        {
            problems.Error($"{Endpoints}:{name}:{nameof(EndpointOptions.Url)}", "is not given; the endpoint would listen nowhere");
        }
    }

    /// <summary>The addresses that are used: where there are endpoints, Kestrel leaves <c>Urls</c> aside.</summary>
    public static IEnumerable<(string Key, string Text)> Texts(IConfiguration configuration, KestrelOptions options)
    {
        if (options.Endpoints.Count > 0)
        {
            return options.Endpoints.Where(static endpoint => !string.IsNullOrWhiteSpace(endpoint.Value.Url))
                .OrderBy(static endpoint => endpoint.Key, StringComparer.Ordinal)
                .Select(static endpoint => ($"{Endpoints}:{endpoint.Key}:{nameof(EndpointOptions.Url)}", endpoint.Value.Url!));
        }

        // The host passes over the ports where addresses are given.
        return configuration["Urls"] is { Length: > 0 } urls
            ? Split(urls).Select(static url => ("Urls", url))
            : new[] { ("HTTP_PORTS", "http"), ("HTTPS_PORTS", "https") }
                .SelectMany(ports => Split(configuration[ports.Item1] ?? "").Select(port => (ports.Item1, $"{ports.Item2}://*:{port}")));
    }

    /// <summary>The address, or <see langword="null"/> if Kestrel could not listen on it.</summary>
    public static BindingAddress? Parse(string text)
    {
        if (ListenAddress.TryParse(text, out var address))
        {
            return address;
        }

        try
        {
            return !text.Any(char.IsWhiteSpace) && BindingAddress.Parse(text) is var parsed && parsed.Scheme is "http" or "https"
                && (parsed.IsUnixPipe ? Path.IsPathRooted(parsed.UnixPipePath) : parsed.IsNamedPipe && OperatingSystem.IsWindows()) ? parsed : null;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string[] Split(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
