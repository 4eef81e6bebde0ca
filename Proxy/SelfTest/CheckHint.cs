namespace Proxy.SelfTest;

/// <summary>What to write into the configuration of one kind of proxy.</summary>
/// <param name="Server">Such as <c>nginx</c>.</param>
/// <param name="Text">Directives, or a sentence.</param>
internal sealed record CheckHint(string Server, string Text)
{
    /// <summary>The hints for a finding, by its code.</summary>
    public static IReadOnlyList<CheckHint> For(string code) => code switch
    {
        CheckCode.UpgradeStripped =>
        [
            Nginx("proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";"),
            Arr("install the Windows feature \"WebSocket Protocol\" (Web-WebSockets); ARR 3 then passes the Upgrade on"),
        ],
        CheckCode.EventsBuffered =>
        [
            Nginx("proxy_buffering off;"),
            Arr("<proxy responseBufferLimit=\"0\" /> in system.webServer"),
        ],
        CheckCode.EventsCompressed =>
        [
            Nginx("gzip off; for the hub, or gzip_types without text/event-stream"),
            Arr("<urlCompression doDynamicCompression=\"false\" /> in system.webServer"),
        ],
        CheckCode.Cut =>
        [
            Nginx("proxy_read_timeout 5m; proxy_send_timeout 5m;"),
            Arr("<proxy timeout=\"00:05:00\" /> in system.webServer"),
        ],
        CheckCode.Cached =>
        [
            Nginx("proxy_cache off; for the hub"),
            Arr("<caching enabled=\"false\" enableKernelCache=\"false\" /> in system.webServer"),
        ],
        CheckCode.PostDelayed => [Nginx("proxy_request_buffering off;")],
        CheckCode.MethodRefused =>
        [
            Nginx("let POST and DELETE through: look for limit_except and for return 405"),
            Arr("allow the verbs POST and DELETE in requestFiltering, and remove the WebDAV module"),
        ],
        CheckCode.AffinityLost => [new("gateway", "several gateways need the same names of nodes and the same Affinity:Keys")],
        CheckCode.NotTagged or CheckCode.ForeignTag =>
            [new("gateway", "does the address lead here? Affinity:Mode has to be Auto or Tag, with the same Keys and nodes on every gateway")],
        CheckCode.Redirected => [new("client", "give clients the final address: some drop the method or the token on the way")],
        CheckCode.Unauthorized => [new("client", "pass a token that the hub accepts: --access-token TOKEN")],
        _ => [],
    };

    private static CheckHint Nginx(string text) => new("nginx", text);

    private static CheckHint Arr(string text) => new("ARR", text);
}
