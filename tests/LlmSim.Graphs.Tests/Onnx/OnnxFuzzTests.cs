using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Onnx;

/// <summary>Damaged files: no crash, no hang, bounded memory, and a graph or an error, never both or neither.</summary>
public sealed class OnnxFuzzTests
{
    private const int Cases = 20_000;

    /// <summary>Allocations that a file of some kilobytes may cause.</summary>
    private const long MaxBytes = 32 << 20;

    [Fact]
    public void Twenty_thousand_damaged_models_are_refused_or_imported()
    {
        var models = FuzzModels.All();
        int imported = 0, refused = 0;
        for (var seed = 0; seed < Cases; seed++)
        {
            var bytes = new ModelMutator(seed).Mutate(models[seed % models.Length], models[(seed / 7) % models.Length]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var errors = new InputErrors();
            var graph = OnnxReader.Read(bytes, "fuzz.onnx", errors) is { } model && !errors.Any ? GraphImport.From(model, "fuzz.onnx", errors) : null;
            if (graph is not null)
            {
                var bound = graph.Bind(2, 3, 5);
                foreach (var tensor in graph.Tensors) bound.ShapeOf(tensor);
            }

            Assert.True(graph is null == errors.Any, $"seed {seed}: {(graph is null ? "no graph" : "a graph")} with {errors.Count} errors");
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxBytes, $"seed {seed}: {allocated} bytes");
            if (graph is null) refused++;
            else imported++;
        }

        // Both must occur, or the damage is too small or too great to find anything.
        Assert.InRange(imported, Cases / 20, Cases);
        Assert.InRange(refused, Cases / 20, Cases);
    }

    [Fact]
    public void The_models_that_damage_starts_from_are_whole()
    {
        foreach (var bytes in FuzzModels.All())
        {
            var errors = new InputErrors();
            var model = OnnxReader.Read(bytes, "fuzz.onnx", errors);
            Assert.NotNull(model);
            GraphImport.From(model, "fuzz.onnx", errors);
            Assert.True(!errors.Any, string.Join("\n", errors.Items));
        }
    }
}
