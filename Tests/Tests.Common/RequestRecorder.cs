using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Tests.Common;

/// <summary>Records which host saw which connection's requests, and what it answered.</summary>
public sealed class RequestRecorder
{
    // Of ASP.NET Core SignalR, Engine.IO and ASP.NET SignalR 2.
    private static readonly string[] IdParameters = ["id", "sid", "connectionToken"];

    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private long _moment;

    public IReadOnlyCollection<RecordedRequest> Requests => _requests;

    /// <summary>The requests that carry a connection's id, by id.</summary>
    public ILookup<string, RecordedRequest> Connections => _requests.Where(request => request.Id.Length > 0).ToLookup(request => request.Id);

    /// <summary>Records every request of one host, before anything else sees it.</summary>
    public IStartupFilter At(string site) => new Filter(this, site);

    /// <summary>Every connection's requests, whatever their path and verb, reached one host.</summary>
    public void AssertEachConnectionOnOneSite()
    {
        var torn = Connections.Where(connection => connection.DistinctBy(request => request.Site).Skip(1).Any());
        Assert.True(!torn.Any(), "Connections on more than one node:" + Lines(torn.SelectMany(connection => connection)));
    }

    /// <summary>Nobody got 400, 404 or 409: the answers of a node that does not know the connection, or knows it otherwise.</summary>
    public void AssertNoAffinityErrors()
    {
        var errors = _requests.Where(request => request.IsAffinityError && !CrossedTheEnd(request));
        Assert.True(!errors.Any(), "Requests answered 400, 404 or 409:" + Lines(errors));
    }

    public override string ToString() => Lines(_requests);

    private static string Lines(IEnumerable<RecordedRequest> requests) => string.Concat(requests.Select(request => Environment.NewLine + "  " + request));

    private async Task RecordAsync(string site, HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var id = IdParameters.Select(name => request.Query[name].ToString()).FirstOrDefault(value => value.Length > 0) ?? "";
        var client = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var recorded = new RecordedRequest(site, request.Method, request.Path, id, client.ToString(), request.Headers.Cookie.ToString())
        {
            BeganAt = Interlocked.Increment(ref _moment),
        };
        _requests.Enqueue(recorded);
        context.Response.OnStarting(() => // a stream or a tunnel is known long before it ends
        {
            recorded.Status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
            recorded.SetCookie = context.Response.Headers.SetCookie.ToString();
            recorded.AnsweredAt = Interlocked.Increment(ref _moment);
            return Task.CompletedTask;
        });
        await next(context);
    }

    /// <remarks>
    /// A client that stops sends the hub a close message, and without waiting ends its stream or sends DELETE. Whichever comes second at the owner
    /// gets 404, with a single node and no gateway too, and the client library ignores it. So the end is: this host knew the connection before, and
    /// nothing that began later went well.
    /// </remarks>
    private bool CrossedTheEnd(RecordedRequest request)
    {
        var answeredWell = Connections[request.Id].Where(other => other.Site == request.Site && other.Status is >= 100 and < 300).ToList();
        return answeredWell.Exists(other => other.AnsweredAt < request.AnsweredAt) && answeredWell.TrueForAll(other => other.BeganAt < request.AnsweredAt);
    }

    private sealed class Filter(RequestRecorder recorder, string site) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(inner => context => recorder.RecordAsync(site, context, inner));
            next(app);
        };
    }
}
