using LlmSim.Execution.Fusion;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Fusion;

public class FusionTests
{
    private static readonly LanguageModel s_model = SampleModels.Llama7B;

    [Fact]
    public void All_fusions_leave_the_work_and_cut_kernels_bytes_and_peak()
    {
        var batch = BatchShape.UniformPrefill(2, 1000);
        var fused = Fusions.Apply(s_model, [Fusions.Qkv, Fusions.GateUp, Fusions.Norm, Fusions.Activation]);
        Assert.Equal(
            ["attention_norm", "qkv_proj", "attention", "o_proj", "mlp_norm", "gate_up_proj+mlp_act", "down_proj", "mlp_add"],
            fused.LayerGroups.Single().Operators.Select(o => o.Name));
        var (before, after) = (Run(s_model, batch), Run(fused, batch));
        Assert.Equal(before.Work.Flops, after.Work.Flops);
        Assert.Equal(before.WeightBytes, after.WeightBytes);
        Assert.Equal(before.Work.KvBytes, after.Work.KvBytes);
        Assert.True(after.Work.MemoryBytes < before.Work.MemoryBytes);
        Assert.True(after.Activations.Bytes < before.Activations.Bytes);
    }

    [Fact]
    public void Each_fusion_saves_the_bytes_that_stay_on_chip()
    {
        var batch = BatchShape.UniformPrefill(1, 100);
        double Saved(IFusion fusion) => (Run(s_model, batch).Work.MemoryBytes - Run(Fusions.Apply(s_model, [fusion]), batch).Work.MemoryBytes) / 32 / 100 / 2;
        Assert.Equal(2 * 4096, Saved(Fusions.Qkv));
        Assert.Equal(4096, Saved(Fusions.GateUp));
        // The norm no longer reads the sum that the addition has just written.
        Assert.Equal(4096, Saved(Fusions.Norm));
        // Up's result stays on chip; gate's is read from memory as long as the two are not packed.
        Assert.Equal(2 * 11008, Saved(Fusions.Activation));
        Assert.Equal(2 * 2 * 4096, Saved(Fusions.Residual));
    }

    [Fact]
    public void Fused_models_are_sound_and_can_be_sharded() => Check.ForSeeds(50, random =>
    {
        var chosen = Fusions.All.Where(_ => random.NextInt(2) == 0).ToList();
        var model = random.NextInt(2) == 0 ? s_model : SampleModels.Opt30B;
        foreach (var group in Fusions.Apply(TensorParallel.Shard(model, 4), chosen).Groups)
        {
            var written = new HashSet<int> { 0 };
            foreach (var step in group.Operators)
            {
                Assert.All(step.Inputs, i => Assert.Contains(i, written));
                written.UnionWith(step.Outputs);
            }

            Assert.Contains(group.OutputValue, written);
            Assert.Equal(group.Operators.Count, group.Operators.Select(o => o.Name).Distinct().Count());
        }
    });

    [Fact]
    public void Fusing_helps_left_of_the_turning_point_and_hardly_right_of_it()
    {
        // The survey's figures 14 and 15: a linear layer and SiLU.
        var fp16 = new WeightFormat(NumberFormat.Fp16);
        var g = new SampleModels.Builder();
        var x = g.Value("x", 4096);
        var y = g.Add("linear", new Linear(4096, 11008, false, fp16), 11008, x);
        var z = g.Add("silu", ElementWise.Activation(11008, ActivationFunction.Silu), 11008, y);
        var model = new LanguageModel { Name = "linear and silu", LayerGroups = [g.Build("layer", [0], z)], HiddenSize = 4096 };
        double Gain(int tokens)
        {
            var batch = BatchShape.UniformPrefill(1, tokens);
            var a6000 = new Roofline(155e12, 768e9);
            return ForwardPass.Run(model, batch, Precision.Fp16, a6000).Seconds
                / ForwardPass.Run(Fusions.Apply(model, [Fusions.Activation]), batch, Precision.Fp16, a6000).Seconds;
        }

        // Turning point at 155e12 / 768e9 = 202 FLOP/byte, about 215 tokens here.
        var (left, right) = (Gain(200), Gain(4096));
        Assert.True(left > 1.07, $"{left}");
        Assert.InRange(right, 1, 1.12);
        Assert.True(Intensity(true) > Intensity(false));

        double Intensity(bool fuse) => Run(fuse ? Fusions.Apply(model, [Fusions.Activation]) : model, BatchShape.UniformPrefill(1, 100)).Work.ArithmeticIntensity;
    }

    [Fact]
    public void Attention_that_keeps_blocks_of_queries_reads_keys_once_a_block()
    {
        // 96 KiB of shared memory, heads of 128, 2 bytes: 96 rows.
        var blocks = Fusions.WithQueryBlocks(s_model, 96 * 1024, 2);
        var attention = (Attention)blocks.LayerGroups.Single().Operators.Single(o => o.Name == "attention").Spec;
        Assert.Equal(96, attention.QueryBlockRows);
        var plain = attention with { QueryBlockRows = 0 };
        var prefill = BatchShape.UniformPrefill(1, 9600);
        // Block i of 100 sees about i·96 keys: 50.5 times the keys, less half a block.
        Assert.InRange(attention.Work(prefill, Precision.Fp16).KvReadBytes / plain.Work(prefill, Precision.Fp16).KvReadBytes, 49.5, 51);
        var decode = BatchShape.UniformDecode(4, 5000);
        Assert.Equal(plain.Work(decode, Precision.Fp16), attention.Work(decode, Precision.Fp16));
    }

    private static PassResult Run(LanguageModel model, BatchShape batch) => ForwardPass.Run(model, batch, Precision.Fp16, Roofline.A100);
}
