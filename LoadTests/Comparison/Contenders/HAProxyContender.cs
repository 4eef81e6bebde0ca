namespace LoadTests.Comparison.Contenders;

/// <summary>HAProxy, one thread.</summary>
/// <param name="program">Its path.</param>
internal sealed class HAProxyContender(string program) : NativeContender(program)
{
    public const string PeerName = "haproxy";

    private const int MostConnectionsWanted = 20_000;
    private const int OwnDescriptors = 200;

    public override string Name => PeerName;

    protected override IReadOnlyList<string> Command(string file, string folder) => [Program, "-db", "-f", file];

    // http-no-delay: without it small chunks wait up to 200 ms. redispatch: a request that could not be sent goes to the other node.
    protected override string Configuration(int port, IReadOnlyList<Uri> nodes, string folder) =>
        $"""
        global
          nbthread 1
          maxconn {MostConnections()}
        defaults
          mode http
          option http-no-delay
          option redispatch 1
          retries 3
          http-reuse always
          timeout connect 5s
          timeout client 1h
          timeout server 1h
          timeout tunnel 1h
          timeout http-keep-alive 1h
        frontend clients
          bind 127.0.0.1:{port} backlog 4096
          option forwardfor
          http-request set-header X-Forwarded-Proto http
          default_backend nodes
        backend nodes
          balance roundrobin
          cookie srv_id insert indirect nocache httponly
          option httpchk GET /
          server a {nodes[0].Authority} cookie a check inter 2s fall 2 rise 1
          server b {nodes[1].Authority} cookie b check inter 2s fall 2 rise 1

        """;

    // It does not start when the limit of open files is too low for the connections that it is to hold, with two for each.
    private static long MostConnections() => Math.Min(MostConnectionsWanted, (Machine.OpenFilesLimit() - OwnDescriptors) / 2);
}
