using System.Text;

namespace Proxy.Nginx.Grammar;

/// <summary>Takes the text of a configuration apart into words and punctuation, as nginx does.</summary>
/// <remarks>
/// A word ends at white space, a semicolon or an opening brace, but not at the brace of <c>${name}</c>. Quotes count only at the start of a word; within a word
/// they are ordinary characters. A backslash takes the special meaning from a quote, a space, a semicolon, a brace and itself; <c>\t</c>, <c>\r</c> and
/// <c>\n</c> are the control characters; before anything else it stays, because regular expressions need it. A comment begins where a word could.
/// </remarks>
/// <param name="text">The file's text.</param>
/// <param name="file">Its name, for messages.</param>
internal sealed class NginxLexer(string text, string file)
{
    /// <summary>nginx's buffer: a longer word is taken for one whose quote is missing.</summary>
    private const int MaxWordLength = 4096;

    private int _at;
    private int _line = 1;

    /// <summary>The place of the token that was read last.</summary>
    public NginxPosition Position { get; private set; } = new(file, 1);

    /// <summary>The place that has been reached.</summary>
    public NginxPosition Here => new(file, _line);

    /// <summary>Reads the next token.</summary>
    /// <exception cref="NginxConfigurationException">The text is not a configuration.</exception>
    public NginxToken Read()
    {
        SkipSpaceAndComments();
        Position = Here;
        if (_at == text.Length)
        {
            return new NginxToken(NginxTokenKind.End, "");
        }

        switch (text[_at])
        {
            case ';':
                _at++;
                return new NginxToken(NginxTokenKind.Semicolon, ";");
            case '{':
                _at++;
                return new NginxToken(NginxTokenKind.OpenBrace, "{");
            case '}':
                _at++;
                return new NginxToken(NginxTokenKind.CloseBrace, "}");
            case '"' or '\'':
                return ReadQuoted(text[_at]);
            default:
                return ReadWord();
        }
    }

    private void SkipSpaceAndComments()
    {
        while (_at < text.Length)
        {
            if (text[_at] == '#')
            {
                while (_at < text.Length && text[_at] != '\n')
                {
                    _at++;
                }
            }
            else if (!IsSpace(text[_at]))
            {
                return;
            }
            else
            {
                Advance();
            }
        }
    }

    private NginxToken ReadQuoted(char quote)
    {
        _at++;
        var word = new StringBuilder();
        while (true)
        {
            if (_at == text.Length)
            {
                throw new NginxConfigurationException("unexpected end of file, expecting \";\" or \"}\"", Here);
            }

            if (text[_at] == quote)
            {
                _at++;
                break;
            }

            Take(word);
            Limit(word, $"too long parameter, probably missing terminating \"{quote}\" character");
        }

        // nginx lets ")" follow, for "if ($a = "b")".
        if (_at < text.Length && !IsSpace(text[_at]) && text[_at] is not (';' or '{' or ')'))
        {
            throw new NginxConfigurationException($"unexpected \"{text[_at]}\"", Here);
        }

        return new NginxToken(NginxTokenKind.Word, word.ToString());
    }

    private NginxToken ReadWord()
    {
        var word = new StringBuilder();
        while (_at < text.Length)
        {
            var c = text[_at];
            if (IsSpace(c) || c == ';' || (c == '{' && !(word.Length > 0 && word[^1] == '$')))
            {
                break;
            }

            Take(word);
            Limit(word, $"too long parameter \"{word.ToString(0, Math.Min(word.Length, 10))}...\" started");
        }

        return new NginxToken(NginxTokenKind.Word, word.ToString());
    }

    // One character of a word, or what a backslash makes of the next one.
    private void Take(StringBuilder word)
    {
        if (text[_at] != '\\' || _at + 1 == text.Length)
        {
            word.Append(Advance());
            return;
        }

        _at++;
        var c = Advance();
        switch (c)
        {
            case '"' or '\'' or '\\':
                word.Append(c);
                break;
            case 't':
                word.Append('\t');
                break;
            case 'r':
                word.Append('\r');
                break;
            case 'n':
                word.Append('\n');
                break;
            default:
                word.Append('\\').Append(c);
                break;
        }
    }

    private void Limit(StringBuilder word, string message)
    {
        if (word.Length > MaxWordLength)
        {
            throw new NginxConfigurationException(message, Position);
        }
    }

    private char Advance()
    {
        var c = text[_at++];
        if (c == '\n')
        {
            _line++;
        }

        return c;
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n';
}
