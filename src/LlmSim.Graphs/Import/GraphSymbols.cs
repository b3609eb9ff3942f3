using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>What a symbol of a graph's inputs means.</summary>
public enum SymbolRole
{
    /// <summary>Something else, or not known.</summary>
    Other,

    /// <summary>Sequences.</summary>
    Batch,

    /// <summary>New tokens of each sequence.</summary>
    Sequence,

    /// <summary>Tokens of each sequence in the KV cache before the pass.</summary>
    Past,

    /// <summary>Tokens of each sequence after the pass: past + sequence, where the graph does not say it as an expression.</summary>
    Total,
}

/// <summary>The sizes that a graph's inputs leave open.</summary>
/// <param name="Roles">What each free symbol means, in the order in which the inputs name them.</param>
/// <param name="Derived">Symbols that follow from others, such as total_sequence_length = past_sequence_length + sequence_length; they no longer occur in shapes.</param>
public sealed record GraphSymbols(IReadOnlyList<KeyValuePair<string, SymbolRole>> Roles, IReadOnlyList<KeyValuePair<string, Dim>> Derived)
{
    /// <summary>A graph all of whose sizes are fixed.</summary>
    public static GraphSymbols None { get; } = new([], []);

    /// <summary>The first symbol with a role; null when there is none.</summary>
    public string? Find(SymbolRole role)
    {
        foreach (var (name, meaning) in Roles)
            if (meaning == role) return name;
        return null;
    }

    /// <summary>Sizes for the symbols whose role is known. Others stay unbound.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="sequence">New tokens of each sequence.</param>
    /// <param name="past">Tokens of each sequence in the KV cache.</param>
    public DimBinding Binding(long batch, long sequence, long past)
    {
        var binding = new DimBinding();
        foreach (var (name, role) in Roles)
        {
            switch (role)
            {
                case SymbolRole.Batch: binding.Set(name, batch); break;
                case SymbolRole.Sequence: binding.Set(name, sequence); break;
                case SymbolRole.Past: binding.Set(name, past); break;
                case SymbolRole.Total: binding.Set(name, past + sequence); break;
            }
        }

        return binding;
    }
}
