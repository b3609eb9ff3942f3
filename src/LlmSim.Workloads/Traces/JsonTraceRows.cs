using System.Text.Json;

namespace LlmSim.Workloads.Traces;

/// <summary>Reads the rows of a JSON trace as a stream: one object a line, or one array of objects.</summary>
internal sealed class JsonTraceRows(Stream stream, JsonTraceFormat format, TraceFaults faults, TraceOptions options) : ITraceRows
{
    private readonly JsonObjects _objects = new(stream, faults);
    private readonly Queue<TraceRow> _chain = new();
    private readonly List<long> _hashes = [];
    private long _chains;

    public bool Next(ref TraceRow row)
    {
        if (_chain.TryDequeue(out row)) return true;
        if (!_objects.Next(out var bytes)) return false;
        row = new TraceRow();
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 16 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                faults.Report("", bytes, "is not a JSON object", "one object { … } a request");
                return true;
            }

            ReadRequest(ref reader, ref row, inChain: false);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            _chain.Clear();
            faults.Report("", bytes, "is not valid JSON", "one object { … } a line");
        }

        return true;
    }

    public void Dispose() => stream.Dispose();

    private void ReadRequest(ref Utf8JsonReader reader, ref TraceRow row, bool inChain)
    {
        var hasPrompt = false;
        var hasOutput = false;
        var hasChain = false;
        var depth = reader.CurrentDepth;
        _hashes.Clear();
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            if (JsonTraceFormat.Is(ref reader, format.Time))
            {
                if (Number(ref reader, format.Time, out var time)) row.ArrivalNanoseconds = faults.Nanoseconds(format.Time, time, format.NanosecondsPerUnit);
            }
            else if (JsonTraceFormat.Is(ref reader, format.Prompt))
            {
                hasPrompt = true;
                if (Number(ref reader, format.Prompt, out var tokens)) row.PromptTokens = faults.Tokens(format.Prompt, tokens);
            }
            else if (JsonTraceFormat.Is(ref reader, format.Output))
            {
                hasOutput = true;
                if (Number(ref reader, format.Output, out var tokens)) row.OutputTokens = faults.Tokens(format.Output, tokens);
            }
            else if (JsonTraceFormat.Is(ref reader, format.Hashes)) ReadHashes(ref reader);
            else if (JsonTraceFormat.Is(ref reader, format.Session)) row.Session = ReadIdentity(ref reader);
            else if (JsonTraceFormat.Is(ref reader, format.Delay)) row.DelayNanoseconds = ReadPause(ref reader, format.Delay!);
            else if (inChain && JsonTraceFormat.Is(ref reader, format.DelayAfter)) _pauseAfter = ReadPause(ref reader, format.DelayAfter!);
            else if (!inChain && JsonTraceFormat.Is(ref reader, format.Chain))
            {
                hasChain = true;
                ReadChain(ref reader);
            }
            else reader.Skip();
        }

        if (hasChain)
        {
            StartChain(ref row);
            return;
        }

        if (!hasPrompt) faults.Report(format.Prompt, "is missing");
        if (!hasOutput) faults.Report(format.Output, "is missing");
        if (_hashes.Count == 0) return;
        row.PrefixBlocks = _hashes.ToArray();
        row.PrefixBlockTokens = options.HashBlockTokens ?? format.HashBlockTokens;
    }

    private long _pauseAfter;

    private void ReadChain(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            faults.Report(format.Chain!, "is not a list");
            reader.Skip();
            return;
        }

        long pause = -1;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                faults.Report(format.Chain!, "holds something else than objects");
                reader.Skip();
                continue;
            }

            var turn = new TraceRow();
            _pauseAfter = 0;
            ReadRequest(ref reader, ref turn, inChain: true);
            turn.DelayNanoseconds = pause;
            pause = _pauseAfter;
            _chain.Enqueue(turn);
        }
    }

    /// <summary>The chain's first request comes at the session's arrival, the others follow it.</summary>
    private void StartChain(ref TraceRow row)
    {
        if (_chain.Count == 0)
        {
            faults.Report(format.Chain!, "is empty");
            return;
        }

        // Sessions without a name of their own take one that no file would choose.
        var session = row.Session >= 0 ? row.Session : StableIdentity.Of(-1, _chains++);
        var arrival = row.ArrivalNanoseconds;
        var turns = _chain.ToArray();
        _chain.Clear();
        for (var i = 0; i < turns.Length; i++)
        {
            turns[i].Session = session;
            turns[i].ArrivalNanoseconds = i == 0 ? arrival : -1;
            if (i > 0 && !faults.RowIsBad) _chain.Enqueue(turns[i]);
        }

        row = turns[0];
    }

    private void ReadHashes(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            faults.Report(format.Hashes!, "is not a list of numbers");
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var id)) _hashes.Add(id);
            else if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var wide)) _hashes.Add(unchecked((long)wide));
            else
            {
                if (!faults.RowIsBad) faults.Report(format.Hashes!, "holds something else than whole numbers");
                reader.Skip();
            }
        }
    }

    private long ReadPause(ref Utf8JsonReader reader, string member) =>
        Number(ref reader, member, out var pause) ? faults.Nanoseconds(member, pause, format.NanosecondsPerUnit) : -1;

    private static long ReadIdentity(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)) return Math.Max(-1, number);
        if (reader.TokenType == JsonTokenType.String) return StableIdentity.Of(reader.ValueSpan);
        reader.Skip();
        return -1;
    }

    private bool Number(ref Utf8JsonReader reader, string member, out double value)
    {
        reader.Read();
        value = 0;
        if (reader.TokenType == JsonTokenType.Null) return false;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out value) && double.IsFinite(value)) return true;
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) faults.Report(member, "is not a number");
        else faults.Report(member, reader.ValueSpan, "is not a finite number", "");
        reader.Skip();
        return false;
    }
}
