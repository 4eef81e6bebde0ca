using Tests.Common;
using Xunit;

namespace EndToEndTests.Container;

/// <summary>Builds and runs images without a daemon and without a container runtime; all that it stores is in one folder of its own.</summary>
internal sealed class Buildah(string folder)
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(5); // a build restores and compiles

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["STORAGE_DRIVER"] = "vfs", // needs no file system that may not be there
        ["BUILDAH_ISOLATION"] = "chroot", // needs no runtime and no network of its own
        ["BUILDAH_FORMAT"] = "docker", // the other format has no HEALTHCHECK
    };

    /// <summary>Skips the test where the program is missing; fails it on a build server.</summary>
    public static void Require() => Requirement.Program("buildah", "install the package buildah");

    /// <summary>Runs one command to its end and returns its standard output; fails the test if the command fails.</summary>
    public Task<string> RunAsync(params IEnumerable<string> arguments) => RunToEndAsync("buildah", WithFolders(arguments));

    /// <summary>The same for another program, such as <c>ldd</c>.</summary>
    public static Task<string> RunOtherAsync(string program, params IEnumerable<string> arguments) => RunToEndAsync(program, arguments);

    /// <summary>Starts a command that the caller waits for.</summary>
    public ChildProcess Start(params IEnumerable<string> arguments) => ChildProcess.Start("buildah", "buildah", WithFolders(arguments), Settings);

    private static async Task<string> RunToEndAsync(string program, IEnumerable<string> arguments)
    {
        var output = new List<string>();
        await using var process = ChildProcess.Start(program, program, arguments, Settings, onLine: output.Add);
        var code = await process.WaitForExitAsync(CommandLimit);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}:\n{string.Join('\n', process.Lines)}");
        return string.Join('\n', output);
    }

    private IEnumerable<string> WithFolders(IEnumerable<string> arguments) =>
        ["--root", Path.Combine(folder, "store"), "--runroot", Path.Combine(folder, "run"), .. arguments];
}
