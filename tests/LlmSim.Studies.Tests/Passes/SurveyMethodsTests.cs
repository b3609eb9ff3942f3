using LlmSim.Execution.Placement;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Passes;
using static LlmSim.Studies.Tests.Passes.SurveyStudy;

namespace LlmSim.Studies.Tests.Passes;

/// <summary>What the survey says of methods and machines without a numbered figure, shown by the other scenarios in <c>scenarios/survey</c>.</summary>
public sealed class SurveyMethodsTests
{
    [Fact]
    public void FlexGens_table_keeps_its_relations_and_stands_beside_the_published_figures()
    {
        foreach (var hardware in new[] { "t4", "t4-flexgen" })
        {
            var study = Named("flexgen-table", "machine.hardware=" + hardware);
            PassAnswer Of(string model, string schedule, string weights = "fp16") =>
                At(study, ("model", model), ("machine.offload.schedule", schedule), ("precision.weights", weights));
            Assert.All(study.Points, p => Assert.True(p.Answer.Fits));
            Assert.All(study.Points, p => Assert.NotNull(p.Answer.Question.PublishedTokensPerSecond));
            foreach (var (model, least) in new[] { ("opt-30b", 5), ("opt-175b", 30) })
            {
                var (accelerate, zero, flexGen) = (Of(model, "accelerate").TokensPerSecond, Of(model, "zero-inference").TokensPerSecond, Of(model, "flexgen").TokensPerSecond);
                Assert.True(flexGen >= least * accelerate && flexGen >= least * zero, $"{flexGen} beside {accelerate} and {zero}");
                Assert.InRange(accelerate / zero, 0.5, 2);
                Assert.True(Of(model, "flexgen", "int4").TokensPerSecond > flexGen);
            }

            // Datasheet peaks promise up to five times what was published, the rates that the authors fitted at most two and a half.
            Assert.All(study.Points, p => Assert.InRange(PassMetric.Named("predicted_over_published").Of(p.Answer), 0.5, hardware == "t4" ? 5 : 2.5));
            if (hardware == "t4-flexgen") Assert.InRange(PassMetric.Named("predicted_over_published").Of(Of("opt-30b", "flexgen")), 1, 1.5);
        }
    }

    [Fact]
    public void HBM_PIM_gains_on_batched_decode_as_the_survey_reports()
    {
        var study = Named("hbm-pim");
        double Gain(int batch)
        {
            PassAnswer Of(string placement) => At(study, ("machine.placement", placement), ("pass.batch", Number(batch)));
            Assert.True(Of("pim-attention").Fits);
            Assert.Contains(Of("pim-attention").Rows, r => r.Name == "attention" && r.Unit == UnitKind.InMemory);
            return Of("device").Seconds / Of("pim-attention").Seconds;
        }

        // Reported: 3.24. The bound is 4, the ratio of internal to external bandwidth.
        var gains = new[] { 1, 2, 4, 8, 16, 24, 32, 40, 48 }.Select(Gain).ToList();
        Assert.Equal(gains, gains.Order());
        Assert.InRange(gains[0], 1.05, 1.3);
        Assert.InRange(gains[^1], 2.5, 4);
    }

    [Fact]
    public void An_LPU_class_machine_reaches_the_reported_70B_rate()
    {
        var study = Named("lpu");
        Assert.Equal(576, study.Points[0].Answer.Question.Parallelism.Devices);
        Assert.All(study.Points, p => Assert.True(p.Answer.Fits && p.Answer.TokensPerSecond > 300));
        // Latency of messages is most of the time: the roofline promises some eight times what is reported.
        Assert.All(study.Points, p => Assert.InRange(p.Answer.TokensPerSecond, 2000, 2600));
        Assert.All(study.Points, p => Assert.True(p.Answer.Rows.Where(r => r.Bound == Bound.Link).Sum(r => r.TotalSeconds) > 0.5 * p.Answer.Seconds));
        // In fp16 the chips with head or embedding cannot hold their part.
        Assert.All(Named("lpu", "precision.weights=fp16", "machine.pipelineParallel=80").Points, p => Assert.False(p.Answer.Fits));
    }

    [Fact]
    public void Early_exit_cuts_time_in_proportion_to_the_layers_left_out()
    {
        var study = Named("early-exit");
        foreach (var phase in new[] { "prefill", "decode" })
        {
            double Seconds(int layers) => At(study, ("pass.phase", phase), ("pass.layers", Number(layers))).Seconds;
            // Equal steps for equal layers; what remains at no layer is embedding and head, a few per cent.
            var step = (Seconds(40) - Seconds(8)) / 32;
            foreach (var layers in new[] { 16, 24, 32 }) Assert.Equal(Seconds(8) + (layers - 8) * step, Seconds(layers), Seconds(layers) * 1e-9);
            Assert.InRange(Seconds(16) / Seconds(40), 0.4, 0.42);
        }
    }

    [Fact]
    public void Dynamic_splitting_raises_intensity_and_throughput()
    {
        var study = Named("dynamic-splitting");
        double Of(int chunk, string metric) => PassMetric.Named(metric).Of(At(study, ("pass.chunk", Number(chunk))));
        int[] chunks = [0, 16, 32, 64, 128, 192, 256, 384, 512];
        foreach (var metric in new[] { "flops_per_byte", "tokens_per_second" }) Assert.Equal(chunks.Select(c => Of(c, metric)), chunks.Select(c => Of(c, metric)).Order());
        // Up to the turning point a chunk costs next to nothing beside the decodes, and far less than a pass of its own.
        Assert.InRange(Of(192, "seconds") / Of(0, "seconds"), 1, 1.12);
        var alone = Named("dynamic-splitting", "pass.phase=prefill", "pass.batch=1", "pass.prompt=192", "axes=null").Points.Single().Answer.Seconds;
        Assert.True(Of(192, "seconds") < 0.65 * (Of(0, "seconds") + alone));
        Assert.True(Of(512, "seconds") > 2 * Of(0, "seconds"));
    }

    [Fact]
    public void Experts_have_a_lower_intensity_than_the_dense_layers_beside_them()
    {
        var study = Named("experts");
        (double Experts, double Dense) Intensity(int batch)
        {
            var rows = At(study, ("pass.batch", Number(batch))).Rows;
            return (rows.Single(r => r.Name == "experts").ArithmeticIntensity, rows.Single(r => r.Name == "qkv_proj").ArithmeticIntensity);
        }

        // One token reads the two experts that it computes with; at 64 all eight are read, and a token still computes with two: a quarter.
        Assert.InRange(Intensity(1).Experts / Intensity(1).Dense, 0.95, 1.05);
        Assert.InRange(Intensity(64).Experts / Intensity(64).Dense, 0.22, 0.28);
        Assert.InRange(Intensity(4).Experts / Intensity(1).Experts, 1.2, 1.8);
        Assert.InRange(Intensity(128).Experts / Intensity(64).Experts, 1.8, 2);
    }

    [Fact]
    public void Contextual_sparsity_changes_the_intensity_of_feed_forward_layers_alone()
    {
        var study = Named("contextual-sparsity");
        AnalysisRow Row(string active, int batch, string name) => At(study, ("pass.activeNeurons", active), ("pass.batch", Number(batch))).Rows.First(r => r.Name == name);
        double Gain(int batch) => At(study, ("pass.activeNeurons", "1"), ("pass.batch", Number(batch))).Seconds / At(study, ("pass.activeNeurons", "0.1"), ("pass.batch", Number(batch))).Seconds;
        // Alone a token reads what it computes with: the same intensity, a tenth of the bytes.
        Assert.InRange(Row("0.1", 1, "up_proj").ArithmeticIntensity / Row("1", 1, "up_proj").ArithmeticIntensity, 0.99, 1.01);
        Assert.InRange(Row("0.1", 1, "up_proj").Bytes / Row("1", 1, "up_proj").Bytes, 0.09, 0.11);
        // At 64 all is read, and each token computes with a tenth.
        Assert.InRange(Row("0.1", 64, "up_proj").ArithmeticIntensity / Row("1", 64, "up_proj").ArithmeticIntensity, 0.09, 0.11);
        Assert.Equal(Row("1", 64, "o_proj").ArithmeticIntensity, Row("0.1", 64, "o_proj").ArithmeticIntensity);
        Assert.InRange(Gain(1), 2, 2.7);
        Assert.InRange(Gain(64), 1, 1.02);
    }

    [Fact]
    public void Computation_hides_the_weights_that_ZeRO_Inference_fetches_at_a_large_batch()
    {
        var study = Named("zero-inference");
        PassAnswer Of(int batch) => At(study, ("pass.batch", Number(batch)));
        Assert.True(Of(1).Seconds > 10 * Of(1).OperatorSeconds);
        foreach (var batch in new[] { 12, 16, 24, 32 }) Assert.InRange(Of(batch).Seconds / Of(batch).OperatorSeconds, 1, 1.03);
        Assert.InRange(Of(8).TokensPerSecond / Of(1).TokensPerSecond, 7.8, 8);
        Assert.InRange(Of(32).TokensPerSecond / Of(16).TokensPerSecond, 1, 1.02);
    }
}
