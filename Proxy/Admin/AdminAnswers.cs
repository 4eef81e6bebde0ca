namespace Proxy.Admin;

/// <summary>What holds for every answer of the admin listener: none may be stored, and a request that the server could not read gets one, too.</summary>
/// <remarks>An answer says what is true now. The dashboard's own files say otherwise of themselves.</remarks>
internal sealed class AdminAnswers(RequestDelegate next)
{
    private const string NoStore = "no-store";

    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = NoStore;
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = exception.StatusCode;
            context.Response.Headers.CacheControl = NoStore;
            context.Response.Headers.Connection = "close";
            await context.Response.WriteAsJsonAsync(new ErrorJson(exception.Message), AdminJson.Answers.ErrorJson);
        }
    }
}
