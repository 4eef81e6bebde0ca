using System.ComponentModel.DataAnnotations;

namespace HubNode;

/// <summary>The section <c>HubNode</c>; the command line has a short form of each.</summary>
public sealed class HubNodeOptions
{
    public const string SectionName = "HubNode";

    internal static readonly Dictionary<string, string> Switches = new(StringComparer.Ordinal)
    {
        ["--name"] = $"{SectionName}:{nameof(Name)}",
        ["--capacity"] = $"{SectionName}:{nameof(Capacity)}",
        ["--draining"] = $"{SectionName}:{nameof(Draining)}",
        ["--cors-origins"] = $"{SectionName}:{nameof(CorsOrigins)}",
        ["--poll-timeout"] = $"{SectionName}:{nameof(PollTimeout)}",
        ["--keep-alive"] = $"{SectionName}:{nameof(KeepAlive)}",
    };

    /// <summary>The name that every answer carries. Default: the machine's, which in a container is the container's.</summary>
    [Required]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>Connections that the node says it can hold; 0 = unknown. Reported, not enforced.</summary>
    [Range(0, int.MaxValue)]
    public int Capacity { get; set; }

    /// <summary>Reports <c>draining</c> from the start.</summary>
    public bool Draining { get; set; }

    /// <summary>Origins of pages from other sites that may connect, with credentials; separated by commas, <c>*</c> for any. Empty: none.</summary>
    public string CorsOrigins { get; set; } = "";

    /// <summary>Seconds that an idle long poll waits. The default is SignalR's.</summary>
    [Range(0.1, 3600)]
    public double PollTimeout { get; set; } = 90;

    /// <summary>Seconds between pings to a silent client. The default is SignalR's; clients give up after 30 s without any.</summary>
    [Range(0.1, 3600)]
    public double KeepAlive { get; set; } = 15;
}
