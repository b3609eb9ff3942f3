using System.IO.Compression;
using System.Text;
using LlmSim.Execution.StepCosts.MeasuredTables;
using LlmSim.Files;
using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.Tests.StepCosts.MeasuredTables;

public sealed class MeasuredTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-tables").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Vidur_table_adds_up_what_its_files_say()
    {
        WriteVidur();
        var table = VidurTable.Read(_folder, layers: 10);

        // One decode of 3 tokens in the cache: token-wise at 8, cache write at 1, attention at (1, 64).
        var shape = BatchShape.UniformDecode(1, 3, table.Needs);

        var layer = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 0.5 + 0.25;
        Assert.Equal((long)Math.Round(layer * 10 * 1e6), table.Nanoseconds(in shape));
        Assert.Equal(0, table.Nanoseconds(default));
    }

    [Fact]
    public void Vidur_table_refuses_what_was_not_measured()
    {
        WriteVidur();
        var table = VidurTable.Read(_folder, layers: 10);
        var shape = BatchShape.UniformDecode(2, 3, table.Needs);

        Assert.Throws<OutsideTableException>(() => table.Nanoseconds(in shape));
    }

    [Fact]
    public void Every_error_is_named_by_file_and_line()
    {
        WriteVidur();
        Write("attn_decode_ms.csv", "batch_size,avg_kv_rounded_up_64,ms\n1,64,fast\n1,64\n2,64,NaN\n3,64,-1\n");
        File.Delete(Path.Combine(_folder, "attn_prefill_ms.csv.gz"));
        Write("per_token_ops_ms.csv", "num_tokens,attn_pre_proj\n1,2\n");

        var errors = Assert.Throws<InputException>(() => VidurTable.Read(_folder, layers: 10)).Errors.Items;

        foreach (var line in new[] { 2, 3, 4, 5 }) Assert.Single(errors, e => e.File.EndsWith("attn_decode_ms.csv", StringComparison.Ordinal) && e.Line == line);
        Assert.Contains(errors, e => e.File.EndsWith("attn_prefill_ms.csv", StringComparison.Ordinal) && e.Problem.Contains("missing", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.File.EndsWith("per_token_ops_ms.csv", StringComparison.Ordinal) && e.Member == "add");
    }

    [Fact]
    public void A_hostile_line_is_refused_not_swallowed()
    {
        WriteVidur();
        Write("attn_decode_ms.csv", "batch_size,avg_kv_rounded_up_64,ms\n" + new string('1', 200_000));

        var error = Assert.Throws<InputException>(() => VidurTable.Read(_folder, layers: 10)).Errors.Items.Single();

        Assert.Contains("longer than", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void LlmServingSim_table_interpolates_along_every_axis()
    {
        WriteServingSim();
        var table = LlmServingSimTable.Read(_folder, layers: 2);

        // Ten decodes of 24 past tokens: token-wise 10 µs each (nine layers of a block, two beside), attention between 100 and 200.
        var batch = BatchShape.UniformDecode(10, 24, table.Needs);

        // Block: layernorm twice, six others: 8 × 10; attention at 24 of (16: 100, 32: 200) = 150. Head and sampler: 5 + 1 per sequence.
        Assert.Equal((long)Math.Round((10 + 2 * (8 * 10 + 150) + 10 + (5 + 10) + (5 + 10)) * 1e3), table.Nanoseconds(in batch));
    }

    [Fact]
    public void LlmServingSim_table_names_missing_layers_and_contradictions()
    {
        WriteServingSim();
        Write("dense.csv", "layer,tokens,time_us\nlayernorm,1,2\nlayernorm,1,3\n");

        var errors = Assert.Throws<InputException>(() => LlmServingSimTable.Read(_folder, layers: 2)).Errors.Items;

        Assert.Contains(errors, e => e.Line == 3 && e.Problem.Contains("contradicts", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Member == "o_proj");
    }

    [Fact]
    public void Uneven_decodes_are_corrected_where_the_description_says_so()
    {
        var folder = Path.Combine(_folder, "tp1");
        Directory.CreateDirectory(folder);
        WriteServingSim();
        foreach (var file in Directory.GetFiles(_folder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var even = LlmServingSimTable.Read(folder, layers: 1);
        Write("meta.yaml", "skew_fit:\n  enabled: true\n  per_tp:\n    1:\n      alpha_default: 0.5\n");
        File.WriteAllText(Path.Combine(folder, "skew_fit.csv"), "pc,n_label,skew_rate_label,kv_big_label,kp_label,alpha\n0,n<=16,sr<=5%,kvB<=1k,kp=0,0.25\n");
        var corrected = LlmServingSimTable.Read(folder, layers: 1);
        Assert.True(corrected.Needs.MinContext);

        var batch = default(BatchShape);
        batch.Decode.Add(16, 1, corrected.Needs);
        batch.Decode.Add(32, 1, corrected.Needs);

        // Two decodes: n<=2 has no bucket, so α is 0.5: half way from the mean (24) to the longest (32).
        Assert.Equal(25_000, corrected.Nanoseconds(in batch) - even.Nanoseconds(in batch));
    }

    private void WriteVidur()
    {
        const string names = "num_tokens,attn_pre_proj,attn_post_proj,attn_rope,input_layernorm,post_attention_layernorm,mlp_up_proj,mlp_act,mlp_down_proj,add,attn_kv_cache_save";
        Write("per_token_ops_ms.csv", names + "\n1,0,0,0,0,0,0,0,0,0,0.5\n8,1,2,3,4,5,6,7,8,9,77\n");
        Write("attn_decode_ms.csv", "batch_size,avg_kv_rounded_up_64,ms\n1,64,0.25\n");
        using var packed = new GZipStream(File.Create(Path.Combine(_folder, "attn_prefill_ms.csv.gz")), CompressionLevel.Fastest);
        packed.Write(Encoding.UTF8.GetBytes("kv_cache_rounded_up_64,prefill_chunk,ms\n0,8,0.125\n"));

    }

    private void WriteServingSim()
    {
        string[] layers = ["layernorm", "qkv_proj", "rotary_emb", "o_proj", "gate_up_proj", "act_fn", "down_proj", "embedding", "final_layernorm"];
        Write("dense.csv", "layer,tokens,time_us\n" + string.Concat(layers.Select(layer => $"{layer},5,5\n{layer},20,20\n")));
        Write("per_sequence.csv", "layer,sequences,time_us\nlm_head,1,6\nlm_head,64,69\nsampler,1,6\nsampler,64,69\n");
        Write("attention.csv", "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n0,0,1,16,100\n0,0,1,32,200\n0,0,64,16,100\n0,0,64,32,200\n");
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
