namespace Proxy.Nginx.Reading;

/// <summary>What may be written of a directive.</summary>
/// <param name="Contexts">The blocks in which it may stand.</param>
/// <param name="Min">Arguments at least.</param>
/// <param name="Max">Arguments at most.</param>
/// <param name="Use">What the gateway makes of it.</param>
/// <param name="Only">For <see cref="DirectiveUse.OneValue"/>: the first argument that is taken.</param>
internal sealed record DirectiveRule(DirectiveContexts Contexts, int Min, int Max, DirectiveUse Use, string Only = "")
{
    public bool IsBlock => Use is DirectiveUse.Block;
}
