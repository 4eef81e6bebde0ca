using System.Globalization;
using System.Runtime.InteropServices;

namespace LoadTests.Comparison;

/// <summary>What the machine is and lets us do, as Linux tells it.</summary>
internal static class Machine
{
    /// <summary>How many files a process may have open.</summary>
    public static long OpenFilesLimit()
    {
        const string Name = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }

    /// <summary>The cores that this process may use.</summary>
    public static IReadOnlyList<int> Cores()
    {
        const string Name = "Cpus_allowed_list:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        return [.. line[Name.Length..].Trim().Split(',').SelectMany(Range)];
    }

    /// <summary>One line on what a result depends on.</summary>
    public static string Describe()
    {
        var processors = File.ReadLines("/proc/cpuinfo").ToArray();
        var cores = processors.Count(line => line.StartsWith("processor", StringComparison.Ordinal));
        var model = processors.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {cores} cores, {RuntimeInformation.OSDescription}, Linux {Environment.OSVersion.Version}, {RuntimeInformation.FrameworkDescription}";
    }

    private static IEnumerable<int> Range(string text)
    {
        var ends = text.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }
}
