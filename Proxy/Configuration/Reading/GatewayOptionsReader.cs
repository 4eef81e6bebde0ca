namespace Proxy.Configuration;

/// <summary>Reads and checks the whole configuration; nothing else reads the <c>Gateway</c> section, or <c>Kestrel</c>.</summary>
internal static class GatewayOptionsReader
{
    /// <summary>Reads the sections <c>Gateway</c>, <c>ReverseProxy</c> and <c>Kestrel</c>. Every problem is reported, not just the first.</summary>
    /// <param name="configuration">The application's configuration.</param>
    /// <param name="routers">The values that <c>Gateway:Router</c> may have.</param>
    /// <param name="needsNodes">Whether it is an error when neither section names a node. If not, the application hosts YARP itself, and the sections
    /// <c>ReverseProxy</c> and <c>Kestrel</c> are not read.</param>
    public static GatewayReading Read(IConfiguration configuration, IRouterNames routers, bool needsNodes = true)
    {
        var problems = new Problems(static path => path.Length == 0 ? GatewayOptions.SectionName : $"{GatewayOptions.SectionName}:{path}");
        var gateway = configuration.GetSection(GatewayOptions.SectionName);
        var hasClusters = ReverseProxyRules.HasClusters(configuration);

        var options = new GatewayOptions();
        OptionsBinder.Bind(gateway.GetChildren(), "", options, problems);
        options.Nodes = NodesReader.Read(gateway.GetSection(nameof(options.Nodes)), required: needsNodes && !hasClusters, problems);

        CheckCluster(options, routers, problems);
        RedirectRules.CheckNodes(options.Negotiate, options.Nodes, static name => $"{nameof(options.Nodes)}:{name}:", problems);
        AffinityRules.CheckGateway(options.Affinity, problems);
        NetworkRules.Check(options.ForwardedHeaders, problems);
        AdminRules.Check(options.Admin, problems);
        ListenerRules.Check(configuration, options, problems);
        var kestrel = new KestrelOptions();
        if (needsNodes)
        {
            ReverseProxyRules.Check(configuration, options, routers, problems);
            kestrel = KestrelReader.Read(configuration, problems);
        }

        TlsRules.WarnAboutUse(options, hasClusters, problems);
        SectionNameRule.Check(configuration, problems);

        return new GatewayReading(problems.Errors.Count == 0 ? options : null, kestrel, problems.Errors, problems.Warnings);
    }

    /// <summary>What can be read of the section <c>Gateway</c>; what cannot keeps its default, and nothing is reported.</summary>
    /// <remarks>
    /// For what has to be known before the configuration is checked, or while the gateway refuses a change of it: a running gateway is alive although its file
    /// has a mistake. <see cref="GatewayOptions.Nodes"/> stays empty.
    /// </remarks>
    public static GatewayOptions ReadUnchecked(IConfiguration configuration)
    {
        var options = new GatewayOptions();
        OptionsBinder.Bind(configuration.GetSection(GatewayOptions.SectionName).GetChildren(), "", options, new Problems(static path => path));
        return options;
    }

    /// <summary>The rules that hold for the short form and for each cluster with its overrides.</summary>
    public static void CheckCluster(GatewayOptions options, IRouterNames routers, Problems problems)
    {
        RouterRules.Check(options, routers, problems);
        AvailabilityRules.Check(options, problems);
        AffinityRules.Check(options.Affinity, problems);
        HealthRules.Check(options.Health, problems);
        RedirectRules.Check(options.Negotiate, problems);
        TlsRules.CheckDefault(options, problems);
        TimeRules.Check(options, problems);
    }
}
