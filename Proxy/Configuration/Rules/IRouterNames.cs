namespace Proxy.Configuration;

/// <summary>The values that <c>Gateway:Router</c> may have. The routers themselves know them; some are registered in code.</summary>
internal interface IRouterNames
{
    /// <summary>Every form, as messages show it: a name, or one with a parameter such as <c>query:NAME</c>.</summary>
    IReadOnlyCollection<string> Forms { get; }

    /// <summary>Whether a router has this name; compared without case.</summary>
    bool Contains(string name);
}
