using Microsoft.Extensions.Logging;
using Proxy.Hosting;
using Xunit;

namespace Proxy.Tests.Hosting;

public sealed class LogRulesTests
{
    private const string Category = "Some.Category";

    [Theory]
    [InlineData(Category, null)]
    [InlineData(Category, TestProvider.Alias)]
    [InlineData(Category + ".Below", TestProvider.Alias)]
    [InlineData("SOME.CATEGORY", null)]
    [InlineData("Some", null)]
    [InlineData(null, TestProvider.Alias)]
    [InlineData(null, null)]
    public void FixedRule_WhateverIsConfigured_Holds(string? configured, string? provider)
    {
        var logs = Create(new LogRule(Category, LogLevel.Warning, IsFixed: true), new LoggerFilterRule(provider, configured, LogLevel.Trace, null));

        foreach (var category in new[] { Category, Category + ".Below" })
        {
            Assert.Equal((false, true), (logs(category, LogLevel.Information), logs(category, LogLevel.Warning)));
        }
    }

    [Theory]
    [InlineData("Some", null)]
    [InlineData(null, TestProvider.Alias)]
    [InlineData(null, null)]
    [InlineData(Category, "Other")]
    public void DefaultRule_CategoryIsNotNamed_Holds(string? configured, string? provider)
    {
        var logs = Create(new LogRule(Category, LogLevel.Warning, IsFixed: false), new LoggerFilterRule(provider, configured, LogLevel.Trace, null));

        Assert.Equal((false, true), (logs(Category, LogLevel.Information), logs(Category, LogLevel.Warning)));
    }

    [Theory]
    [InlineData(Category, null)]
    [InlineData("some.category", null)]
    [InlineData(Category, TestProvider.Alias)]
    public void DefaultRule_CategoryIsNamed_GivesWay(string configured, string? provider)
    {
        var logs = Create(new LogRule(Category, LogLevel.Warning, IsFixed: false), new LoggerFilterRule(provider, configured, LogLevel.Information, null));

        Assert.Equal((false, true), (logs(Category, LogLevel.Debug), logs(Category, LogLevel.Information)));
    }

    [Fact]
    public void Rules_OtherCategories_StayAsConfigured()
    {
        var logs = Create(new LogRule(Category, LogLevel.None, IsFixed: true), new LoggerFilterRule(null, "Some.Other", LogLevel.Debug, null));

        Assert.Equal((false, true), (logs("Some.Other", LogLevel.Trace), logs("Some.Other", LogLevel.Debug)));
    }

    [Fact]
    public void Rules_TwoForOneCategory_LastOneHolds()
    {
        var options = new LoggerFilterOptions();
        new LogRules(
            [new LogRule(Category, LogLevel.Warning, IsFixed: true), new LogRule(Category, LogLevel.None, IsFixed: true)]).PostConfigure(null, options);

        Assert.Equal(LogLevel.None, Assert.Single(options.Rules).LogLevel);
    }

    private static Func<string, LogLevel, bool> Create(LogRule rule, LoggerFilterRule configured)
    {
        var options = new LoggerFilterOptions();
        options.Rules.Add(configured);
        new LogRules([rule]).PostConfigure(null, options);
        var factory = new LoggerFactory([new TestProvider()], options);
        return (category, level) => factory.CreateLogger(category).IsEnabled(level);
    }

    [ProviderAlias(Alias)]
    private sealed class TestProvider : ILoggerProvider, ILogger
    {
        public const string Alias = "Test";

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Only what would be written is asked for.
        }

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
