using LlmSim.Serving.Engines;

namespace LlmSim.Serving.KvCaches;

/// <summary>Blocks of a prompt that its outputs hold together, copied on the first write that tells them apart.</summary>
internal sealed partial class KvCache
{
    /// <summary>Blocks copied because a sequence wrote into one that others hold too.</summary>
    public long Copied { get; private set; }

    /// <summary>Whether a sequence's next token goes into a block that others hold too.</summary>
    public static bool MustCopy(Sequence sequence) => sequence is { Unwritten: true, Prompt.Unwritten: > 1 };

    /// <summary>Notes that a sequence writes its first token after a shared prompt: into a copy, taken already, or the last one into the block itself.</summary>
    public void Write(Sequence sequence)
    {
        if (!sequence.Unwritten) return;
        if (MustCopy(sequence))
        {
            Copied++;
            Released++;
        }

        sequence.Unwritten = false;
        sequence.Prompt!.Unwritten--;
    }

    /// <summary>Lets the sequences of a prompt that was just computed hold its blocks together.</summary>
    public void Share(SampledPrompt prompt)
    {
        var first = prompt.Sequences[0];
        prompt.Holders = prompt.Sequences.Count;
        prompt.FullBlocks = first.Computed / BlockTokens - first.Cached.Named * UnitBlocks(first.Request);
        prompt.Unwritten = first.Computed % BlockTokens > 0 ? prompt.Holders : 0;
        foreach (var sequence in prompt.Sequences)
        {
            sequence.SharesBlocks = true;
            sequence.Unwritten = prompt.Unwritten > 0;
            if (sequence == first) continue;
            sequence.Blocks = first.Blocks;
            Taken += first.Blocks;
            for (var i = 0; i < first.Cached.Named; i++)
            {
                _nodes[first.Cached.Nodes[i]].References++;
                Put(ref sequence.Cached, i, first.Cached.Nodes[i]);
            }

            sequence.Cached.Named = first.Cached.Named;
        }
    }

    /// <summary>Gives one sequence copies of all blocks of another, if there is room.</summary>
    public bool TryCopy(Sequence from, Sequence to)
    {
        var blocks = Held(from.Computed - 1, 1);
        if (!TryReserve(to, blocks)) return false;
        Copied += blocks;
        return true;
    }

    /// <summary>Gives up a sequence's hold on its prompt's blocks; those that others still hold.</summary>
    private static long LeaveShared(Sequence sequence)
    {
        var prompt = sequence.Prompt!;
        var held = --prompt.Holders > 0 ? prompt.FullBlocks : 0;
        if (sequence.Unwritten && --prompt.Unwritten > 0) held++;
        sequence.SharesBlocks = sequence.Unwritten = false;
        return held;
    }
}
