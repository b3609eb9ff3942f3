using System.Globalization;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>
/// Reads an imported graph as the language model that an engine would run: linear layers, attention, norms, activation functions, rotation and experts,
/// from fused operators and from primitives alike; layers found by the flow of activations and folded. Nothing depends on names of nodes.
/// </summary>
/// <remarks>
/// To teach it an operator that is one node: a matcher beside <see cref="NormNodes"/>; one that is spelt out: a fact in <see cref="StageFacts"/> and its
/// reading in <see cref="StageReading"/>.
/// </remarks>
public static class ModelRecognition
{
    /// <summary>Recognises a graph. A node that nobody knows is kept, costed by its bytes, and lowers <see cref="LanguageModel.Coverage"/>.</summary>
    /// <param name="graph">The imported graph; a decoder inside a beam search or an If is found.</param>
    /// <param name="name">Name for the model.</param>
    public static LanguageModel Recognise(Graph graph, string name)
    {
        var flow = new ActivationFlow(DecoderScope.Find(graph));
        var board = new DraftBoard(flow);
        FindOperators(board);
        Fusions.Apply(board);
        board.Sort();
        MarkCross(board);
        ShareHead(board);
        return WithMetadata(Assemble(board, name), graph);
    }

    // Our own builder states the context, which tables of positions may exceed (OPT's begins with rows for padding), and what it left out.
    private static LanguageModel WithMetadata(LanguageModel model, Graph graph)
    {
        var notes = new List<string>(model.Notes);
        foreach (var (key, value) in graph.Metadata)
        {
            if (key.StartsWith(ModelMetadata.NotePrefix, StringComparison.Ordinal)) notes.Add(value);
            else if (key == ModelMetadata.MaxContextTokens && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) && tokens > 0)
                model = model with { MaxContextTokens = tokens };
        }

        return model with { Notes = notes };
    }

    private static void FindOperators(DraftBoard board)
    {
        var flow = board.Flow;
        var operands = new AttentionOperands(flow);
        PrimitiveExperts.AddAll(board);
        var elementWise = new List<GraphNode>();
        var others = new List<GraphNode>();
        foreach (var node in flow.Nodes)
        {
            if (board.Done.Contains(node)) continue;
            if (NodeSets.IsElementWise(node) || NodeSets.IsScatter(node)) elementWise.Add(node);
            else if (!LinearNodes.TryAdd(node, board) && !NormNodes.TryAdd(node, board) && !FusedAttention.TryAdd(node, board, operands)
                && !FusedExperts.TryAdd(node, board)) others.Add(node);
        }

        var (components, merges) = PointwiseComponents.Find(flow, elementWise);
        foreach (var component in components)
            if (!PrimitiveAttention.IsScores(component, board) || !PrimitiveAttention.TryAdd(component, board, operands)) StageReading.Add(component, board);
        foreach (var node in merges) Leftovers.AddMerge(node, board);
        var probe = new ExtentProbe(flow.Symbols);
        foreach (var node in others)
            if (!board.Done.Contains(node)) Leftovers.AddUnknown(node, board, probe);
    }

    // Attention whose keys come from another stream than the tokens: encoder states.
    private static void MarkCross(DraftBoard board)
    {
        if (board.Flow.Embedding is null) return;
        var fromTokens = new HashSet<DraftValue>();
        foreach (var draft in board.Drafts)
        {
            var reached = draft.Spec is Embedding || draft.Inputs.Exists(fromTokens.Contains);
            if (reached)
                foreach (var output in draft.Outputs) fromTokens.Add(output.Resolved);
            if (draft is not { Spec: Attention attention, Operands: { } operands } || fromTokens.Contains(operands[1])) continue;
            draft.IsCross = true;
            draft.Spec = attention with { Causal = false, Cached = false, Window = null };
        }

        if (board.Drafts.Exists(d => d.IsCross))
            board.Notes.Add("cross attention is counted as if the encoder's sequence were as long as the context");
    }

    // An LM head that multiplies with the token embedding itself adds no weights.
    private static void ShareHead(DraftBoard board)
    {
        var tables = new HashSet<GraphTensor>();
        foreach (var draft in board.Drafts)
            if (draft is { Spec: Embedding, Matrix: { } table }) tables.Add(table);
        foreach (var draft in board.Drafts)
            if (draft is { Spec: Linear linear, Matrix: { } matrix } && tables.Contains(matrix)) draft.Spec = linear with { SharedWeights = true };
    }

    private static LanguageModel Assemble(DraftBoard board, string name)
    {
        var drafts = board.Drafts;
        var hidden = HiddenWidth(board);
        var starts = LayerCuts.Find(drafts, hidden);
        var passages = LayerCuts.Passages(drafts);
        int first = starts.Count > 0 ? starts[0] : 0, end = starts.Count > 0 ? starts[^1] : drafts.Count;
        var decoder = drafts.Exists(d => d.Spec is Attention { Causal: true } or MultiLatentAttention);

        var prologue = drafts.GetRange(0, first);
        RoleNames.NamePrologue(prologue);
        var layers = new List<LayerGroup>();
        if (starts.Count == 0 && drafts.Count > 0)
        {
            RoleNames.NameLayer(drafts);
            layers.Add(LayerFolding.Group("graph", drafts, null, 0));
        }

        for (var i = 0; i + 1 < starts.Count; i++)
        {
            var members = drafts.GetRange(starts[i], starts[i + 1] - starts[i]);
            RoleNames.NameLayer(members);
            layers.Add(LayerFolding.Group("layer", members, passages[starts[i]], i));
        }

        var epilogue = drafts.GetRange(end, drafts.Count - end);
        RoleNames.NameEpilogue(epilogue);
        var head = decoder ? RoleNames.Head(epilogue)?.Spec as Linear : null;
        var model = new LanguageModel
        {
            Name = name,
            Prologue = prologue.Count == 0 ? null : LayerFolding.Group("embedding", prologue, null, -1),
            LayerGroups = LayerFolding.Fold(layers),
            Epilogue = epilogue.Count == 0 ? null : LayerFolding.Group("head", epilogue, passages[end], -1, sampled: head is not null),
            HiddenSize = (int)hidden,
            VocabularySize = head?.Outputs ?? 0,
            MaxContextTokens = board.PositionRows > 0 ? (int)Math.Min(board.PositionRows, int.MaxValue) : null,
            ExportedActivations = ActivationFormat(board),
            Notes = board.Notes,
        };
        model = Windows.Assign(model);
        return model with { Coverage = Coverage(model) };
    }

    private static double HiddenWidth(DraftBoard board)
    {
        if (board.Flow.Embedding is { } embedding) return TokenEmbedding.TableWidth(embedding);
        foreach (var draft in board.Drafts)
            if (draft.Spec is Linear linear && draft.Inputs.Count == 1 && Math.Abs(draft.Inputs[0].Width - linear.Inputs) < 0.5) return linear.Inputs;
        foreach (var draft in board.Drafts)
            foreach (var input in draft.Inputs)
                if (input.Producer is null && input.Width > 0) return Math.Round(input.Width);
        return 0;
    }

    private static NumberFormat ActivationFormat(DraftBoard board)
    {
        foreach (var draft in board.Drafts)
            if (draft.Spec is Linear or Norm && draft.Output.Tensor is { } tensor) return Weights.Format(tensor.ElementType);
        return NumberFormat.Fp16;
    }

    // Dense prompts of a length at which neither attention nor matrices vanish; what is not recognised weighs as many FLOPs as its graph says.
    private static double Coverage(LanguageModel model)
    {
        var batch = BatchShape.UniformPrefill(1, 128, model.Needs, allLogits: true);
        double all = 0, unknown = 0;
        foreach (var group in model.Groups)
        {
            foreach (var op in group.Operators)
            {
                var flops = op.Spec.Work(batch, Precision.Fp16).Flops * group.Count;
                all += flops;
                if (op.Spec is Unrecognised) unknown += flops;
            }
        }

        return all > 0 ? 1 - unknown / all : 1;
    }
}
