using System.Collections;

namespace Proxy.Configuration;

/// <summary>Reads a section into an option class. Unlike .NET's own binder it reports unknown keys and wrong shapes, all of them, and
/// replaces lists instead of appending.</summary>
internal static class OptionsBinder
{
    /// <param name="children">The keys of the section.</param>
    /// <param name="path">The section's path below its root with a colon at the end, or empty.</param>
    /// <param name="options">Gets the values that can be read.</param>
    /// <param name="problems">Gets everything else.</param>
    /// <param name="root">The class of options that paths begin at.</param>
    public static void Bind(IEnumerable<IConfigurationSection> children, string path, object options, Problems problems, Type? root = null) =>
        Bind(children, path, options, root ?? typeof(GatewayOptions), problems);

    private static void Bind(IEnumerable<IConfigurationSection> children, string path, object options, Type root, Problems problems)
    {
        foreach (var child in children)
        {
            var property = OptionProperty.Find(options.GetType(), child.Key);
            if (property is null)
            {
                problems.Error(path + child.Key, UnknownKey(child.Key, path, options.GetType(), root, problems));
            }
            else if (!property.IsNodes)
            {
                Bind(child, property, path + property.Name, options, root, problems);
            }
        }
    }

    private static void Bind(IConfigurationSection section, OptionProperty property, string path, object options, Type root, Problems problems)
    {
        if (property.IsList || property.IsSectionList)
        {
            BindList(section, property, path, options, root, problems);
        }
        else if (property.IsTexts)
        {
            BindTexts(section, property, path, options, problems);
        }
        else if (property.IsMap)
        {
            BindMap(section, property, path, options, root, problems);
        }
        else if (property.IsSection)
        {
            if (!string.IsNullOrEmpty(section.Value))
            {
                problems.Error(path, $"has a value but is a section; its keys are {Keys(property.Type)}, and the value would have no effect");
            }

            Bind(section.GetChildren(), path + ":", property.Get(options)!, root, problems);
        }
        else if (section.GetChildren().Select(c => c.Key).ToList() is { Count: > 0 } keys)
        {
            problems.Error(path, $"is a single value but has keys below it ({string.Join(", ", keys.Take(5))}); they would have no effect");
        }
        else
        {
            OptionValue.Read(property, path, section.Value, options, problems);
        }
    }

    private static void BindMap(IConfigurationSection section, OptionProperty property, string path, object options, Type root, Problems problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Error(path, "has a value but holds names with keys below them; the value would have no effect");
        }

        var map = (IDictionary)property.Get(options)!;
        foreach (var child in section.GetChildren())
        {
            map[child.Key] = BindElement(child, property, path, root, problems);
        }
    }

    private static object BindElement(IConfigurationSection section, OptionProperty property, string path, Type root, Problems problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Error(
                $"{path}:{section.Key}", $"has a value but is a section; its keys are {Keys(property.ElementType)}, and the value would have no effect");
        }

        var element = OptionClass.Of(property.ElementType).Create();
        Bind(section.GetChildren(), $"{path}:{section.Key}:", element, root, problems);
        return element;
    }

    private static void BindList(IConfigurationSection section, OptionProperty property, string path, object options, Type root, Problems problems)
    {
        var items = section.GetChildren().ToList();
        if (items.Count == 0)
        {
            if (section.Value is { Length: > 0 })
            {
                var first = property.IsList ? $"{path}:0" : $"{path}:0:{OptionProperty.Of(property.ElementType)[0].Name}";
                problems.Error(path, $"is a single value but must be a list; write it as {problems.Name(first)}, or it would have no effect");
            }
            else if (section.Value is not null)
            {
                // [] in a file, or an empty variable
                property.Set(options, property.IsList ? Array.Empty<string>() : OptionClass.Of(property.ElementType).CreateList([]));
            }

            return;
        }

        foreach (var item in items.Where(i => !int.TryParse(i.Key, out _) || (property.IsList && i.GetChildren().Any())))
        {
            problems.Error($"{path}:{item.Key}",
                $"does not fit into a list, which has {problems.Name(path)}:0, {problems.Name(path)}:1 and so on; it would have no effect");
        }

        property.Set(options, property.IsList
            ? items.Select(i => i.Value ?? "").ToArray()
            : OptionClass.Of(property.ElementType).CreateList(
                items.Where(i => int.TryParse(i.Key, out _)).Select(i => BindElement(i, property, path, root, problems))));
    }

    private static void BindTexts(IConfigurationSection section, OptionProperty property, string path, object options, Problems problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Error(path, $"has a value but holds names; write it as {problems.Name(path)}:NAME, or it would have no effect");
        }

        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (child.GetChildren().Any())
            {
                problems.Error($"{path}:{child.Key}", "is a single value but has keys below it; they would have no effect");
            }
            else if (!string.IsNullOrEmpty(child.Value)) // an empty value takes away what an earlier source has
            {
                values[child.Key] = child.Value;
            }
        }

        property.Set(options, values);
    }

    /// <summary>The sentence about a key that does not exist. Its value is not shown: it may be a secret under a misspelt name.</summary>
    private static string UnknownKey(string key, string path, Type type, Type root, Problems problems)
    {
        var siblings = OptionProperty.Of(type).Select(p => p.Name).ToList();
        var meant = NearestName.Find(key, siblings) is { } near ? path + near
            : OptionProperty.Leaves(root).Select(l => l.Path).FirstOrDefault(p => p.EndsWith(":" + key, StringComparison.OrdinalIgnoreCase));
        return "is not a known key and would have no effect; "
            + (meant is null ? $"known here are {Keys(type)}" : $"the nearest known key is {problems.Name(meant)}");
    }

    private static string Keys(Type type) => string.Join(", ", OptionProperty.Of(type).Select(p => p.Name));
}
