namespace EndToEndTests.Backplane;

/// <param name="Number">Counted by its sender, from 0.</param>
/// <param name="Text">What receivers get.</param>
/// <param name="IsForGroup">Whether it was sent to the group, and not to all.</param>
internal sealed record SentMessage(int Number, string Text, bool IsForGroup);
