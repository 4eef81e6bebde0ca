using Microsoft.Extensions.Configuration.Json;

namespace Proxy.Configuration;

/// <summary>Where the program's configuration comes from; later wins.</summary>
internal static class ConfigurationSources
{
    /// <summary>The option that names one more file.</summary>
    public const string FileOption = "config";

    /// <summary>The option that names a configuration of nginx.</summary>
    public const string NginxOption = "nginx-conf";

    /// <summary>A builder with ASP.NET Core's defaults and our sources instead of the host's.</summary>
    /// <remarks>
    /// The host reads its files while the builder is made. The program's folder is its content root, so that a file in the current directory
    /// does not matter, and its exception for a broken file is replaced by one that names the place. Its watchers are off, because each costs
    /// an inotify instance, of which containers have few.
    /// </remarks>
    /// <param name="args">The command line.</param>
    /// <param name="folder">The program's folder.</param>
    /// <param name="foreign">The configuration of another program, which the files of the program's folder come before.</param>
    /// <exception cref="GatewayConfigurationException">The command line or a file cannot be read, or the one of <c>--config</c> is missing.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args, string? folder = null, IConfigurationSource? foreign = null)
    {
        folder ??= AppContext.BaseDirectory;
        FileOf(args);
        WebApplicationBuilder builder;
        try
        {
            builder = WebApplication.CreateBuilder(
                new WebApplicationOptions { Args = [.. args, "--hostBuilder:reloadConfigOnChange=false"], ContentRootPath = folder });
        }
        catch (InvalidDataException exception)
        {
            var files = Directory.EnumerateFiles(folder, "*settings*.json").Order(StringComparer.Ordinal).Select(JsonFile.Read);
            var problems = files.Select(f => f.Parse().Problem).OfType<string>().DefaultIfEmpty(exception.Message);
            throw new GatewayConfigurationException([.. problems.Select(p => new ConfigurationProblem("", p))]);
        }

        Add(builder.Configuration, args, builder.Environment.EnvironmentName, folder: folder, foreign: foreign);
        return builder;
    }

    /// <summary>
    /// Adds, in this order: <c>appsettings.json</c> and <c>appsettings.{environment}.json</c> in the program's folder, a configuration of another program,
    /// the file of <c>--config</c>, environment variables, the command line. The host's own files are taken out.
    /// </summary>
    /// <param name="builder">Such as <see cref="WebApplicationBuilder.Configuration"/>.</param>
    /// <param name="args">The command line.</param>
    /// <param name="environment">Such as <c>Production</c>.</param>
    /// <param name="time">Paces the watching.</param>
    /// <param name="folder">The program's folder.</param>
    /// <param name="foreign">The configuration of another program.</param>
    /// <exception cref="GatewayConfigurationException">A file is broken, or the one of <c>--config</c> is missing.</exception>
    public static void Add(
        IConfigurationBuilder builder, string[] args, string environment, TimeProvider? time = null, string? folder = null,
        IConfigurationSource? foreign = null)
    {
        time ??= TimeProvider.System;
        folder ??= AppContext.BaseDirectory;
        foreach (var source in builder.Sources.OfType<JsonConfigurationSource>().Where(IsOfHost).ToList())
        {
            builder.Sources.Remove(source);
        }

        var file = FileOf(args);
        builder.Add(new JsonFileSource(Path.Combine(folder, "appsettings.json"), optional: true, time));
        builder.Add(new JsonFileSource(Path.Combine(folder, $"appsettings.{environment}.json"), optional: true, time));
        if (foreign is not null)
        {
            builder.Add(foreign);
        }

        if (file is not null)
        {
            builder.Add(new JsonFileSource(file, optional: false, time));
        }

        builder.AddEnvironmentVariables();
        builder.AddCommandLine(args);
    }

    /// <summary>Whether the host adds it by default: <c>appsettings.json</c>, and since .NET 10
    /// <c>{Application}.settings.json</c>. User secrets stay.</summary>
    private static bool IsOfHost(JsonConfigurationSource source) => source.Path is { } path
        && (path.StartsWith("appsettings.", StringComparison.OrdinalIgnoreCase) || path.Contains(".settings.", StringComparison.OrdinalIgnoreCase));

    /// <summary>The full path of the file that the command line names, if it does.</summary>
    private static string? FileOf(string[] args) => FileOf(args, FileOption);

    /// <summary>The full path of the file that an option of the command line names, if it is given.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="option">The option, such as <see cref="FileOption"/>.</param>
    /// <exception cref="GatewayConfigurationException">There is no such file.</exception>
    public static string? FileOf(string[] args, string option)
    {
        string? file;
        try
        {
            file = new ConfigurationBuilder().AddCommandLine(args).Build()[option];
        }
        catch (FormatException exception) // "-x=1": an option has two dashes
        {
            throw new GatewayConfigurationException($"The command line cannot be read: {exception.Message} Options begin with two dashes.", exception);
        }

        if (string.IsNullOrWhiteSpace(file))
        {
            return file is null && !args.Contains("--" + option, StringComparer.OrdinalIgnoreCase) ? null
                : throw new GatewayConfigurationException($"--{option} names no file; write --{option} FILE, or leave it out.");
        }

        var path = Path.GetFullPath(file);
        return File.Exists(path)
            ? path
            : throw new GatewayConfigurationException($"--{option} is '{file}' but {path} does not exist; the gateway would start without its settings.");
    }
}
