using Proxy.Configuration;
using Proxy.Listeners.Certificates;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Listeners;

/// <summary>When a change of files counts, and when it is told that it cannot be used.</summary>
public sealed class WatchedCertificateTests : IAsyncDisposable
{
    private readonly CertificateFolder _files = new();
    private readonly ManualTimeProvider _time = new();
    private readonly WatchedCertificate _watched;

    public WatchedCertificateTests()
    {
        _files.Write("site", "first");
        _watched = new WatchedCertificate("key", new CertificateOptions { Path = "site.pem", KeyPath = "site.key" }, _files.Path, _time);
        _watched.Load(before: null);
    }

    public ValueTask DisposeAsync() => _files.DisposeAsync();

    [Fact]
    public void Look_NothingHasChanged_TellsNothing()
    {
        Assert.Equal(CertificateChange.None, Look());
        Assert.Equal("CN=first", _watched.Current!.Leaf.Subject);
    }

    [Fact]
    public void Look_ChangedPair_IsTakenWhenTwoLooksSeeTheSame()
    {
        _files.Write("site", "second");

        Assert.Equal([CertificateChange.None, CertificateChange.Renewed, CertificateChange.None], [Look(), Look(), Look()]);
        Assert.Equal("CN=second", _watched.Current!.Leaf.Subject);
    }

    /// <summary>A program that renews writes one file after the other.</summary>
    [Fact]
    public void Look_SecondFileComesWithinThePatience_IsNotReported()
    {
        var second = _files.Issue("second");
        File.WriteAllText(_files.PathOf("site.pem"), _files.FullChain(second));
        Assert.Equal([CertificateChange.None, CertificateChange.None, CertificateChange.None], [Look(), Look(), Look()]);
        Assert.Equal(("CN=first", null), (_watched.Current!.Leaf.Subject, _watched.Problem));

        File.WriteAllText(_files.PathOf("site.key"), CertificateFolder.Key(second));

        Assert.Equal([CertificateChange.None, CertificateChange.Renewed], [Look(), Look()]);
        Assert.Equal("CN=second", _watched.Current!.Leaf.Subject);
    }

    [Fact]
    public void Look_UnusableForLongerThanThePatience_IsReportedOnce()
    {
        File.WriteAllText(_files.PathOf("site.pem"), "-----BEGIN CERTIFICATE-----");
        var told = Enumerable.Range(0, 12).Select(_ => Look()).ToList();

        Assert.Equal(CertificateChange.Unusable, Assert.Single(told, static change => change is not CertificateChange.None));
        Assert.Equal("CN=first", _watched.Current!.Leaf.Subject);
        Assert.NotNull(_watched.Problem);
    }

    [Fact]
    public void Look_TheOldFilesComeBack_EndsTheProblem()
    {
        var before = File.ReadAllText(_files.PathOf("site.pem"));
        File.Delete(_files.PathOf("site.pem"));
        Assert.Contains(CertificateChange.Unusable, Enumerable.Range(0, 12).Select(_ => Look()).ToList());

        File.WriteAllText(_files.PathOf("site.pem"), before);

        Assert.Equal(CertificateChange.Renewed, Look());
        Assert.Null(_watched.Problem);
    }

    private CertificateChange Look()
    {
        _time.Advance(CertificateStore.CheckInterval);
        return _watched.Look();
    }
}
