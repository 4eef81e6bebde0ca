using Proxy.Nginx.Model;

namespace Proxy.Nginx.Runtime;

/// <summary>Writes what <c>add_header</c> adds, whoever has made the answer, just before it goes out.</summary>
internal static class AddedFields
{
    public static Task WriteAsync(object state)
    {
        var request = (NginxRequest)state;
        var response = request.Context.Response;
        foreach (var field in request.Location.AddedFields)
        {
            if ((field.IsAlways || IsAddedTo(response.StatusCode)) && field.Value.Evaluate(request) is { Length: > 0 } value)
            {
                response.Headers.Append(field.Name, value);
            }
        }

        return Task.CompletedTask;
    }

    private static bool IsAddedTo(int status) => status is 200 or 201 or 204 or 206 or 301 or 302 or 303 or 304 or 307 or 308;
}
