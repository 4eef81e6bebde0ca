using System.Globalization;

namespace LoadTests.Comparison;

/// <summary>What is needed of <c>/proc/PID/stat</c> (proc_pid_stat(5)).</summary>
/// <param name="Parent">Field 4.</param>
/// <param name="Ticks">User and system time: fields 14 and 15.</param>
/// <param name="TicksOfChildren">The same of children that have ended and were waited for: fields 16 and 17.</param>
internal sealed record ProcessStat(int Parent, long Ticks, long TicksOfChildren)
{
    public static ProcessStat Parse(string text)
    {
        // The name, field 2, may hold blanks and brackets; what follows its last bracket begins with field 3.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStat((int)Field(4), Field(14) + Field(15), Field(16) + Field(17));

        long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
    }
}
