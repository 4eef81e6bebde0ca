namespace Proxy.Configuration;

/// <summary>Copies options, sections included; lists and nodes are shared, because they are never changed.</summary>
internal static class OptionsCopy
{
    public static T Of<T>(T options)
        where T : class => (T)Copy(options);

    private static object Copy(object options)
    {
        var copy = OptionClass.Of(options.GetType()).Create();
        foreach (var property in OptionProperty.Of(options.GetType()))
        {
            property.Set(copy, property.IsSection ? Copy(property.Get(options)!) : property.Get(options));
        }

        return copy;
    }
}
