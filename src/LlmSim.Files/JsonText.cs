using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmSim.Files;

/// <summary>Reads JSON as people write it: comments and trailing commas allowed, duplicate members refused, places remembered.</summary>
public static class JsonText
{
    /// <summary>Files above this size are refused unless the caller allows more; nothing that people write by hand comes near.</summary>
    public const long DefaultLimitBytes = 16 << 20;

    private const int MaxDepth = 64;

    /// <summary>Reads a file.</summary>
    /// <returns>Null when something is wrong, which <paramref name="errors"/> then holds.</returns>
    public static JsonValue? Read(string path, InputErrors errors) =>
        ReadBytes(path, errors) is { } bytes ? Parse(path, bytes, errors) : null;

    /// <summary>The bytes of a file of bounded size.</summary>
    /// <returns>Null when something is wrong, which <paramref name="errors"/> then holds.</returns>
    public static byte[]? ReadBytes(string path, InputErrors errors, long limitBytes = DefaultLimitBytes)
    {
        try
        {
            if (Directory.Exists(path))
            {
                errors.Add(path, 0, "", "is a folder", "name a file in it");
                return null;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (file.CanSeek && file.Length > limitBytes)
            {
                errors.Add(path, 0, "", $"{file.Length} bytes is more than the {limitBytes} allowed");
                return null;
            }

            if (Bounded(file, limitBytes) is { } bytes) return bytes;
            errors.Add(path, 0, "", $"is more than the {limitBytes} bytes allowed, or has no end");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(path, 0, "", "no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add(path, 0, "", e.Message);
        }

        return null;
    }

    /// <summary>What can be read of a file whose length cannot be trusted (a pipe, a device); null when that is more than allowed.</summary>
    private static byte[]? Bounded(FileStream file, long limitBytes)
    {
        using var bytes = new MemoryStream();
        var part = new byte[1 << 16];
        while (file.Read(part) is > 0 and var got)
        {
            if (bytes.Length + got > limitBytes) return null;
            bytes.Write(part, 0, got);
        }

        return bytes.ToArray();
    }

    /// <summary>Parses UTF-8 text.</summary>
    /// <param name="file">Name of the file, for messages.</param>
    /// <param name="utf8">Its bytes; a byte-order mark is skipped.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <param name="firstLine">Line number of the first line; 0 when lines mean nothing.</param>
    /// <returns>Null when the text is no JSON.</returns>
    public static JsonValue? Parse(string file, ReadOnlySpan<byte> utf8, InputErrors errors, int firstLine = 1)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble)) utf8 = utf8[3..];
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = MaxDepth,
        });
        var lines = new LineCounter(utf8, firstLine);
        try
        {
            if (!reader.Read())
            {
                errors.Add(file, firstLine, "", "the file is empty");
                return null;
            }

            var value = ReadValue(ref reader, ref lines, file, "", errors);
            // Reading on makes the reader check that nothing follows.
            reader.Read();
            return value;
        }
        catch (JsonException e)
        {
            var line = firstLine == 0 ? 0 : (int)(e.LineNumber ?? 0) + firstLine;
            var cut = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            errors.Add(file, line, "", "not valid JSON: " + (cut > 0 ? e.Message[..cut] : e.Message));
        }
        catch (InvalidOperationException)
        {
            errors.Add(file, lines.At(reader.TokenStartIndex), "", "not valid JSON: a string is not valid UTF-8");
        }

        return null;
    }

    private static JsonValue ReadValue(ref Utf8JsonReader reader, ref LineCounter lines, string file, string path, InputErrors errors)
    {
        var line = lines.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, ref lines, file, path, line, errors);
            case JsonTokenType.StartArray:
                var items = new List<JsonValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(ReadValue(ref reader, ref lines, file, path + "[" + items.Count.ToString(CultureInfo.InvariantCulture) + "]", errors));
                return new JsonValue { File = file, Line = line, Path = path, Kind = JsonValueKind.Array, Items = items };
            case JsonTokenType.String:
                return new JsonValue { File = file, Line = line, Path = path, Kind = JsonValueKind.String, Text = reader.GetString()! };
            case JsonTokenType.Number:
                var text = Encoding.UTF8.GetString(reader.ValueSpan);
                return new JsonValue
                {
                    File = file,
                    Line = line,
                    Path = path,
                    Kind = JsonValueKind.Number,
                    Text = text,
                    Number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
                };
            case JsonTokenType.True:
                return new JsonValue { File = file, Line = line, Path = path, Kind = JsonValueKind.True };
            case JsonTokenType.False:
                return new JsonValue { File = file, Line = line, Path = path, Kind = JsonValueKind.False };
            default:
                return new JsonValue { File = file, Line = line, Path = path, Kind = JsonValueKind.Null };
        }
    }

    private static JsonValue ReadObject(
        ref Utf8JsonReader reader, ref LineCounter lines, string file, string path, int line, InputErrors errors)
    {
        var members = new List<KeyValuePair<string, JsonValue>>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var nameLine = lines.At(reader.TokenStartIndex);
            var inner = path.Length == 0 ? name : path + "." + name;
            reader.Read();
            var value = ReadValue(ref reader, ref lines, file, inner, errors);
            if (seen.Add(name)) members.Add(new(name, value));
            else errors.Add(file, nameLine, inner, "is given twice", "remove one of them");
        }

        return new JsonValue { File = file, Line = line, Path = path, Kind = JsonValueKind.Object, Members = members };
    }

    /// <summary>Counts line breaks up to ever later positions.</summary>
    private ref struct LineCounter(ReadOnlySpan<byte> text, int firstLine)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly bool _counts = firstLine > 0;
        private int _line = firstLine;
        private int _position;

        public int At(long index)
        {
            if (!_counts) return 0;
            var to = (int)index;
            _line += _text[_position..to].Count((byte)'\n');
            _position = to;
            return _line;
        }
    }
}
