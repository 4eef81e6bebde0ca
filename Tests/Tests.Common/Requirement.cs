using Xunit;

namespace Tests.Common;

/// <summary>Components beside the .NET SDK that some tests need.</summary>
/// <remarks>
/// On a build server (CI=true) a missing one is a failure, so that nothing is left out unnoticed; elsewhere the test is skipped and says what to install.
/// </remarks>
public static class Requirement
{
    /// <summary>Full path of a program on PATH (or at a well-known place); fails or skips the test when it is missing.</summary>
    public static string Program(string name, string howToInstall)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var path = folders.Concat(["/usr/sbin", "/usr/bin"]).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return path ?? throw Missing($"'{name}' is not on PATH: {howToInstall}");
    }

    public static string Node() => Program("node", "install Node.js 20 or later");

    public static string Chromium() => Program("chromium", "install the package chromium");

    public static string Nginx() => Program("nginx", "install the package nginx");

    public static string HAProxy() => Program("haproxy", "install the package haproxy");

    public static string Curl() => Program("curl", "install the package curl");

    public static string RedisServer() => Program("redis-server", "install the package redis-server");

    /// <summary>A folder that holds a package.json whose packages have been installed.</summary>
    public static string NodePackages(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "package-lock.json")))
        {
            throw new DirectoryNotFoundException($"No package-lock.json in '{folder}'.");
        }

        return Directory.Exists(Path.Combine(folder, "node_modules"))
            ? folder
            : throw Missing($"no node_modules in '{Path.GetRelativePath(SolutionLayout.Root, folder)}': run `npm ci` there");
    }

    /// <summary>Skips the test on other systems, on build servers too: what it needs cannot be installed there.</summary>
    public static void Linux(string what) => Assert.SkipUnless(OperatingSystem.IsLinux(), what + ": on Linux only");

    private static InvalidOperationException Missing(string what)
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Skip(what);
        }

        return new InvalidOperationException("Missing component: " + what);
    }
}
