using System.Diagnostics;

namespace LoadTests.Comparison;

/// <summary>Finds the programs that a comparison runs.</summary>
internal static class Programs
{
    private const string SolutionFile = "Proxy.sln";

    /// <summary>This program, as a command line.</summary>
    public static IReadOnlyList<string> Self { get; } = Dotnet(typeof(Programs).Assembly.Location);

    /// <summary>Full path of a program on PATH or where servers are; null when there is none.</summary>
    public static string? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Concat(["/usr/sbin", "/usr/bin"]).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>The gateway built beside this program, in the same configuration.</summary>
    public static string Gateway()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)); // …/bin/{configuration}/{framework}
        return Path.Combine(Root(), "Proxy", "bin", output.Parent!.Name, output.Name, "Proxy.dll");
    }

    /// <summary>The command line of an assembly, or of a program.</summary>
    public static IReadOnlyList<string> Dotnet(string path) => path.EndsWith(".dll", StringComparison.Ordinal)
        ? [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", path]
        : [path];

    /// <summary>The first line that a program prints, to either of its outputs.</summary>
    public static string? FirstLineOf(string program, string argument)
    {
        var info = new ProcessStartInfo(program, [argument]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var (output, error) = (process.StandardOutput.ReadLine(), process.StandardError.ReadLine());
        process.WaitForExit();
        return output ?? error;
    }

    /// <summary>The folder of the solution, or the current one.</summary>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
