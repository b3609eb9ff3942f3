namespace LlmSim.Graphs.Tests.Onnx;

/// <summary>Damages the bytes of a model in the ways that damage parsers: bits, lengths, truncation, repetition, foreign parts.</summary>
internal sealed class ModelMutator(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>One to four damages, gentle or not.</summary>
    public byte[] Mutate(byte[] model, byte[] other)
    {
        var bytes = new List<byte>(model);
        if (_random.Next(2) == 0)
        {
            for (var i = _random.Next(1, 4); i > 0; i--) Alter(bytes);
            return [.. bytes];
        }

        for (var i = _random.Next(1, 5); i > 0 && bytes.Count > 0; i--) Damage(bytes, other);
        return [.. bytes];
    }

    /// <summary>Changes a letter or a small number and leaves lengths alone more often than not, so that what is wrong is wrong in the graph.</summary>
    private void Alter(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count);
        var old = bytes[at];
        bytes[at] = old switch
        {
            >= (byte)'0' and <= (byte)'9' => (byte)('0' + _random.Next(10)),
            >= (byte)'a' and <= (byte)'z' => (byte)('a' + _random.Next(26)),
            >= 0x80 => (byte)_random.Next(256),
            _ => (byte)_random.Next(80),
        };
    }

    private void Damage(List<byte> bytes, byte[] other)
    {
        var at = _random.Next(bytes.Count);
        var length = Math.Min(_random.Next(1, 33), bytes.Count - at);
        switch (_random.Next(9))
        {
            case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1: bytes[at] = (byte)_random.Next(256); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 4: bytes.RemoveRange(at, bytes.Count - at); break;

            // The largest varints: lengths, counts and negative numbers.
            case 5: bytes.InsertRange(at, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]); break;
            case 6: bytes.InsertRange(at, [0xFF, 0xFF, 0xFF, 0xFF, 0x07]); break;
            case 7:
                for (var i = 0; i < length; i++) bytes[at + i] = (byte)_random.Next(256);
                break;
            default:
                var from = _random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(_random.Next(1, 200), other.Length - from)).ToArray());
                break;
        }
    }
}
