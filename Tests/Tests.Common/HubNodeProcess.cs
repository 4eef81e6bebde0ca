namespace Tests.Common;

/// <summary>The sample hub node as a process of its own.</summary>
public sealed class HubNodeProcess(string name, params string[] options) : ServerProcess(name, "HubNode")
{
    protected override IEnumerable<string> Arguments(Uri url) => ["--urls", url.GetLeftPart(UriPartial.Authority), "--name", Name, .. options];
}
