using BenchmarkDotNet.Attributes;
using Proxy.Requests;
using Proxy.Tests;

namespace Benchmarks;

/// <summary>Step 1: what a request is.</summary>
public class ClassifyBenchmarks
{
    private readonly HttpContext _negotiate = Http.Negotiate();
    private readonly HttpContext _webSocket = Http.WebSocket(
        "/chat?id=abcdefghijklmnopqrstuv.g1AbCdEfGh-_0&access_token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln");
    private readonly HttpContext _poll = Http.Get("/chat?id=abcdefghijklmnopqrstuv.g1AbCdEfGh-_0&_=1700000000000");
    private readonly HttpContext _plain = Http.Get("/products?page=2&sort=name");

    [Benchmark]
    public bool Negotiate() => RequestReader.Read(_negotiate).HasId;

    [Benchmark]
    public bool TaggedWebSocket() => RequestReader.Read(_webSocket).HasId;

    [Benchmark]
    public bool LongPoll() => RequestReader.Read(_poll).HasId;

    [Benchmark]
    public bool PlainRequest() => RequestReader.Read(_plain).HasId;
}
