using StackExchange.Redis;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Affinity</c> beyond each single value.</summary>
internal static class AffinityRules
{
    private const string Root = nameof(GatewayOptions.Affinity);
    private const int AdvisedKeyLength = 16;

    /// <summary>The rules that a cluster's metadata can break, too.</summary>
    public static void Check(AffinityOptions affinity, Problems problems)
    {
        var enabled = $"{Root}:{nameof(AffinityOptions.Cookie)}:{nameof(AffinityCookieOptions.Enabled)}";
        if (affinity.Mode == AffinityMode.Cookie && !affinity.Cookie.Enabled)
        {
            problems.Error(
                $"{Root}:{nameof(AffinityOptions.Mode)}", $"is 'Cookie' but {problems.Name(enabled)} is 'false'; nothing would keep a client on its node");
        }

        if (affinity.Reattach == Reattach.Required && !affinity.Cookie.Enabled)
        {
            problems.Warn(
                $"{Root}:{nameof(AffinityOptions.Reattach)}", $"is 'Required' but {problems.Name(enabled)} is 'false', so no client can be brought back");
        }

        CookieRules.Check(affinity.Cookie, problems);
        ForeignRules.CheckCluster(affinity, problems);
    }

    /// <summary>The rules for the whole gateway.</summary>
    public static void CheckGateway(AffinityOptions affinity, Problems problems)
    {
        for (var i = 0; i < affinity.Keys.Count; i++)
        {
            var path = $"{Root}:{nameof(AffinityOptions.Keys)}:{i}";
            var key = affinity.Keys[i];
            if (string.IsNullOrWhiteSpace(key))
            {
                problems.Error(path, "is empty but must be a secret text; with an empty one anybody could make tags (leave the whole list out to use none)");
            }
            else if (key.Length < AdvisedKeyLength)
            {
                problems.Warn(path, $"has {key.Length} characters; {AdvisedKeyLength} or more are advised, a shorter secret can be guessed");
            }
        }

        if (affinity.Keys.Distinct(StringComparer.Ordinal).Count() < affinity.Keys.Count)
        {
            problems.Warn($"{Root}:{nameof(AffinityOptions.Keys)}", "has the same secret twice");
        }

        ForeignRules.Check(affinity.Foreign, problems);
        if (affinity.Store == StoreKind.Redis)
        {
            CheckRedis(affinity.Redis.Configuration, problems);
        }
    }

    // The text may hold a password: what is wrong with it is said without it.
    private static void CheckRedis(string configuration, Problems problems)
    {
        var path = $"{Root}:{nameof(AffinityOptions.Redis)}:{nameof(RedisOptions.Configuration)}";
        if (string.IsNullOrWhiteSpace(configuration))
        {
            problems.Error(path, $"is empty but {problems.Name($"{Root}:{nameof(AffinityOptions.Store)}")} is 'Redis'; there would be no server to ask");
            return;
        }

        try
        {
            if (ConfigurationOptions.Parse(configuration).EndPoints.Count > 0)
            {
                return;
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Said below.
        }

        problems.Error(path, "is not a connection string of StackExchange.Redis, such as 'redis:6379,password=…,ssl=true'; no server could be asked");
    }
}
