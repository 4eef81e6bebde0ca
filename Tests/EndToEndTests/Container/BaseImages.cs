using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace EndToEndTests.Container;

/// <summary>Stands in for the registry: images under the names that the Dockerfiles start from, made of what this machine has.</summary>
/// <remarks>
/// The SDK's is almost empty: <see cref="BuildVolumes"/> mounts this machine's programs, packages and package sources while a Dockerfile is built.
/// The runtime's is real, and as bare as the published one: no shell, no tools; the libraries that .NET asks for, .NET itself, a user.
/// </remarks>
internal sealed partial class BaseImages(Buildah buildah)
{
    private const string Sdk = "mcr.microsoft.com/dotnet/sdk:10.0";
    private const string Node = "docker.io/library/node:22-alpine";
    private const string Runtime = "mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled";

    private static readonly string RuntimeFolder = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
    private static readonly string DotnetFolder = Path.GetFullPath(Path.Combine(RuntimeFolder, "../../.."));

    public static IEnumerable<string> BuildVolumes()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget/packages");
        (string Here, string There)[] folders =
        [
            ("/usr", "/usr"), ("/etc/ssl", "/etc/ssl"), (DotnetFolder, "/dotnet"), (packages, "/packages"),
            (Path.Combine(home, ".nuget/NuGet"), "/home/.nuget/NuGet"),
        ];
        return folders.Where(f => Directory.Exists(f.Here)).SelectMany(f => (string[])["--volume", $"{f.Here}:{f.There}:ro"]);
    }

    public async Task MakeAsync()
    {
        await MakeSdkAsync();
        await MakeRuntimeAsync();
    }

    private async Task MakeSdkAsync()
    {
        var (container, root) = await StartAsync();
        foreach (var name in (string[])["bin", "lib", "lib64", "sbin"])
        {
            if (new DirectoryInfo($"/{name}").LinkTarget is { } target) // into /usr, which is mounted
            {
                File.CreateSymbolicLink(Path.Combine(root, name), target);
            }
        }

        // What tells this machine's tools how to reach their packages tells them in there as well.
        var settings = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(
                k => k.StartsWith("NUGET_CERT", StringComparison.Ordinal) || k.StartsWith("SSL_CERT", StringComparison.Ordinal) || k is "NODE_EXTRA_CA_CERTS")
            .Select(k => $"{k}={Environment.GetEnvironmentVariable(k)}");
        await ConfigureAsync(
            container,
            [
                "PATH=/dotnet:/usr/local/bin:/usr/bin:/bin", "HOME=/home", "NUGET_FALLBACK_PACKAGES=/packages", "DOTNET_CLI_TELEMETRY_OPTOUT=1",
                    "DOTNET_NOLOGO=1",
                "UseSharedCompilation=false", "MSBUILDDISABLENODEREUSE=1", // a build server would outlive the build
                .. settings,
            ]);
        await buildah.RunAsync("commit", "--quiet", container, Sdk);
        await buildah.RunAsync("commit", "--quiet", "--rm", container, Node);
    }

    private async Task MakeRuntimeAsync()
    {
        var (container, root) = await StartAsync();
        var web = Path.GetDirectoryName(typeof(WebApplication).Assembly.Location)!;
        foreach (var part in (string[])[Path.Combine(DotnetFolder, "dotnet"), Path.Combine(DotnetFolder, "host"), RuntimeFolder, web])
        {
            var target = Path.Combine(root, "usr/share/dotnet", Path.GetRelativePath(DotnetFolder, part));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await Buildah.RunOtherAsync("cp", "-a", part, target);
        }

        foreach (var library in await FindLibrariesAsync())
        {
            var target = Path.Combine(root, library.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await Buildah.RunOtherAsync("cp", "-L", library, target);
        }

        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        File.CreateSymbolicLink(Path.Combine(root, "usr/bin/dotnet"), "../share/dotnet/dotnet");
        await ConfigureAsync(container, ["PATH=/usr/bin", "APP_UID=1654", "ASPNETCORE_HTTP_PORTS=8080", "DOTNET_RUNNING_IN_CONTAINER=true"]);
        await buildah.RunAsync("commit", "--quiet", "--rm", container, Runtime);
    }

    private async Task<(string Container, string Root)> StartAsync()
    {
        var container = await buildah.RunAsync("from", "scratch");
        var root = await buildah.RunAsync("mount", container); // a plain folder, as vfs mounts nothing
        foreach (var name in (string[])["dev", "etc", "home", "packages", "proc", "sys", "tmp", "usr"])
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        await Buildah.RunOtherAsync("chmod", "1777", Path.Combine(root, "tmp"));
        await File.WriteAllTextAsync(Path.Combine(root, "etc/passwd"), "root:x:0:0::/home:/\napp:x:1654:1654::/home/app:/\n");
        await File.WriteAllTextAsync(Path.Combine(root, "etc/group"), "root:x:0:\napp:x:1654:\n");
        return (container, root);
    }

    private async Task ConfigureAsync(string container, IEnumerable<string> environment) =>
        await buildah.RunAsync(["config", .. environment.SelectMany(e => (string[])["--env", e]), container]);

    private static async Task<SortedSet<string>> FindLibrariesAsync()
    {
        string[] native = [Path.Combine(DotnetFolder, "dotnet"), .. Directory.EnumerateFiles(RuntimeFolder, "lib*.so").Where(
            f => !f.Contains("lttng", StringComparison.Ordinal))];
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Match match in LibraryPath().Matches(await Buildah.RunOtherAsync("ldd", native)))
        {
            needed.Add(match.Groups["path"].Value);
        }

        needed.RemoveWhere(path => path.StartsWith(DotnetFolder, StringComparison.Ordinal));

        // .NET opens these by name.
        var folders = needed.Select(path => Path.GetDirectoryName(path)!).Distinct(StringComparer.Ordinal).ToList();
        needed.UnionWith(folders.SelectMany(f => (string[])[.. Directory.EnumerateFiles(f, "libssl.so.*"), .. Directory.EnumerateFiles(f, "libcrypto.so.*")]));
        return needed;
    }

    [GeneratedRegex(@"(?<path>/\S+) \(0x", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LibraryPath();
}
