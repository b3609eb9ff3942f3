using System.IO.Compression;
using System.Text;
using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Measured;
using LlmSim.Tests;
using static LlmSim.Machines.Tests.TimeModels.Measured.Samples;

namespace LlmSim.Machines.Tests.TimeModels.Measured;

public sealed class MeasuredTableReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string text, string name = "table.csv")
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private static (MeasuredTable? Table, InputErrors Errors) Read(MeasuredPart part, string device, params string[] files)
    {
        var errors = new InputErrors();
        return (MeasuredTableReader.Read(files, Catalogue.Find(device), part, errors), errors);
    }

    private MeasuredTable Good(string text, Precision? precision = null)
    {
        var (table, errors) = Read(Part(precision), "a6000", File(text));
        Assert.True(table is not null, string.Join('\n', errors.Items));
        return table;
    }

    private string Wrong(string text)
    {
        var (table, errors) = Read(Part(), "a6000", File(text));
        Assert.Null(table);
        return string.Join('\n', errors.Items);
    }

    // 33.8 MB at 768 GB/s are 44 µs of 100.
    [Theory]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\nbfloat16,16,4096,4096,0.1,x\nfp8,16,4096,4096,0.05,x\nbfloat16,0,4096,4096,0.1,x\n")]
    [InlineData("framework,version,device,op_name,kernel_source,gemm_dtype,m,n,k,latency\nVLLM,1,NVIDIA RTX A6000,gemm,\"a,b\",bfloat16,16,4096,4096,0.1\r\n")]
    [InlineData("class,m,n,k,seconds\ngemm,16,4096,4096,1e-4\n")]
    [InlineData("class,m,n,k,activations,weights,seconds\ngemm,16,4096,4096,fp16,bf16,1e-4\ngemm,16,4096,4096,fp8,fp8,1e-5\n")]
    [InlineData("layer,tokens,time_us\no_proj,16,100\nact_fn,16,3\n")]
    public void Formats_are_told_by_their_columns(string text)
    {
        var table = Good(text);
        Assert.Equal(1, table.Count);
        Assert.Equal(0.44, table.Utilization(Gemm(16, 4096, 4096)), 2);
    }

    [Fact]
    public void Vidurs_layers_have_their_sizes_in_the_row()
    {
        var table = Good(
            "time_stats.attn_pre_proj.median,time_stats.attn_post_proj.median,time_stats.mlp_up_proj.median,time_stats.mlp_down_proj.median,n_head,n_kv_head,n_embd,n_expanded_embd,use_gated_mlp,num_tokens,num_tensor_parallel_workers\n"
            + "0.2,0.1,0.8,0.3,32,8,4096,14336,True,16,1\n,,,,32,8,4096,14336,True,24,1\n");
        // The packed gate and up projections, and their halves.
        Assert.Equal(5, table.Count);
        Assert.Equal(0.44, table.Utilization(Gemm(16, 4096, 4096)), 2);
        // 236 MB at 768 GB/s are 307 µs of 800.
        Assert.Equal(0.384, table.Utilization(Gemm(16, 28672, 4096)), 3);
        Assert.Equal(table.Utilization(Gemm(16, 28672, 4096)), table.Utilization(Gemm(16, 14336, 4096)), 2);
    }

    [Theory]
    [InlineData("attn_dtype,kv_cache_dtype,head_dim,num_heads,kv_heads,batch,kv_len,latency_ms\nbfloat16,bfloat16,128,32,8,4,1025,0.1\nbfloat16,fp8,128,32,8,4,1025,0.06\nbfloat16,bfloat16,64,32,8,4,1025,9\n")]
    [InlineData("op_name,attn_dtype,kv_cache_dtype,head_dim,num_heads,num_key_value_heads,batch_size,isl,beam_width,window_size,step,latency\ngeneration_attention,bfloat16,bfloat16,128,32,8,4,1,1,0,1024,0.1\ngeneration_attention,bfloat16,bfloat16,128,32,8,4,1,1,128,1024,0.02\n")]
    [InlineData("prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n0,0,4,1024,100\n64,0,4,1024,120\n64,64,0,0,50\n")]
    [InlineData("class,heads,kv_heads,head_dim,sequences,length,seconds\ndecode-attention,32,8,128,4,1025,1e-4\n")]
    [InlineData("time_stats.attn_prefill.median,time_stats.attn_decode.median,n_embd,n_q_head,n_kv_head,num_tensor_parallel_workers,batch_size,prefill_chunk_size,kv_cache_size,is_prefill\n0,0.1,4096,32,8,1,4,0,1024,False\n0.2,0,4096,32,8,1,1,64,1024,True\n")]
    public void Decode_attention_is_read_with_the_querys_own_key(string text)
    {
        var table = Good(text);
        Assert.Equal(1, table.Count);
        // 4 · 1,025 keys of 2 · 8 · 128 in 16 bits, and little else: 16.9 MB at 768 GB/s are 22 µs of 100.
        Assert.Equal(0.22, table.Utilization(Decode(4, 1025)), 2);
    }

    [Theory]
    [InlineData("attn_dtype,kv_cache_dtype,head_dim,num_heads,kv_heads,batch,isl,latency_ms\nbfloat16,bfloat16,128,32,8,1,2048,1\nfp8,bfloat16,128,32,8,1,2048,0.5\n")]
    [InlineData("op_name,attn_dtype,kv_cache_dtype,head_dim,num_heads,num_key_value_heads,batch_size,isl,step,latency\ncontext_attention,bfloat16,bfloat16,128,32,8,1,2048,0,1\n")]
    [InlineData("prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n2048,0,0,0,1000\n2048,512,0,0,1200\n")]
    [InlineData("class,heads,kv_heads,head_dim,sequences,length,seconds\nprefill-attention,32,8,128,1,2048,1e-3\n")]
    public void Prefill_attention_is_read_from_an_empty_cache(string text)
    {
        var table = Good(text);
        Assert.Equal(1, table.Count);
        // 4 · 32 · 128 · 2,048 · 2,049 / 2 = 34.4 GFLOP at 154.8 TFLOP/s are 0.22 of a millisecond.
        Assert.Equal(0.22, table.Utilization(Prefill(1, 2048)), 2);
    }

    [Fact]
    public void Rows_are_taken_in_the_formats_of_the_model()
    {
        const string Text = "gemm_dtype,m,n,k,latency\nbfloat16,16,4096,4096,0.1\nfp8,16,4096,4096,0.05\nint4_wo,16,4096,4096,0.04\nfp8_block,16,4096,4096,0.06\n";
        var int4 = new Precision(new WeightFormat(NumberFormat.Int4), NumberFormat.Fp16, NumberFormat.Fp16);
        var table = Good(Text, int4);
        Assert.Equal("gemm bf16 × int4 from table.csv (1 point)", table.Describe(new TimedOperators([], int4)));
        Assert.True(double.IsNaN(table.Utilization(Gemm(16, 4096, 4096))));
        Assert.True(table.Utilization(MeasuredShape.Gemm(MeasuredFormats.Product(NumberFormat.Fp16, NumberFormat.Int4), 16, 4096, 4096)) > 0);
    }

    [Fact]
    public void A_gzipped_table_is_read_as_it_is()
    {
        var path = Path.Combine(_folder, "table.csv.gz");
        using (var gzip = new GZipStream(System.IO.File.Create(path), CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes("class,m,n,k,seconds\ngemm,16,4096,4096,1e-4\n"));
        Assert.Equal(1, Read(Part(), "a6000", path).Table!.Count);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("a,b\n1,2\n", ":1: columns of no format that is known; known: AIConfigurator GEMM")]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\nbfloat16,16,4096,x,0.1,x\n", ":2: k: \"x\" is not a whole number")]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\nbfloat16,16,4096\n", ":2: 3 cells where the header has 6")]
    [InlineData("gemm_dtype,m,n,k\nbfloat16,16,4096,1\n", ":1: latency_ms: column is missing")]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\n", "holds nothing that this model executes on a device; it needs a row for gemm bf16, attention of 32 heads, 8 KV heads, width 128 with a bf16 cache")]
    [InlineData("gemm_dtype,m,n,k,latency_ms\nfp8,16,4096,4096,1\n", "holds nothing that this model executes")]
    [InlineData("class,m,n,k,seconds\nconvolution,1,1,1,1\n", ":2: class: \"convolution\" is no class; write gemm, prefill-attention or decode-attention")]
    [InlineData("class,m,n,k,seconds\ndecode-attention,1,1,1,1\n", ":2: has class decode-attention, for which column sequences is missing")]
    [InlineData("class,m,n,k,seconds\ngemm,16,4096,4096,0\n", ":2: seconds: \"0\" is no time above 0")]
    [InlineData("class,m,n,k,seconds\ngemm,16,4096,4096,-1\n", ":2: seconds: \"-1\" is no time")]
    [InlineData("class,m,n,k,seconds\ngemm,16,4096,4096,NaN\n", ":2: seconds: \"NaN\" is no time")]
    [InlineData("class,m,n,k,seconds\ngemm,1e300,4096,4096,1\n", ":2: m: \"1e300\" is not a whole number")]
    [InlineData("class,m,n,k,weights,seconds\ngemm,16,4096,4096,bf61,1\n", ":2: weights: \"bf61\" is no number format")]
    [InlineData("class,heads,kv_heads,head_dim,sequences,length,seconds\nprefill-attention,32,8,128,1000000000,1000000000,1\n", ":2: is larger than any batch")]
    [InlineData("device,class,m,n,k,seconds\nNVIDIA H100 80GB HBM3,gemm,16,4096,4096,1e-4\n", ":2: device: \"NVIDIA H100 80GB HBM3\" is not a6000")]
    public void What_is_wrong_is_said_with_its_place(string text, string said) => Assert.Contains(said, Wrong(text), StringComparison.Ordinal);

    [Fact]
    public void Everything_wrong_in_all_files_is_said_at_once()
    {
        var (_, errors) = Read(
            Part(), "a6000", File("class,m,n,k,seconds\ngemm,x,4096,4096,y\ngemm,16,z,4096,1\n", "a.csv"), Path.Combine(_folder, "none.csv"), _folder, File("a\n1\n", "b.csv"));
        Assert.Equal(["seconds", "m", "n", "", "", ""], errors.Items.Select(e => e.Member));
        Assert.Contains(errors.Items, e => e.Problem == "no such file");
        Assert.Contains(errors.Items, e => e.Problem == "is a folder: name its files");
    }

    [Theory]
    [InlineData("", "names no file")]
    [InlineData("a\0b", "Null character in path")]
    public void A_path_that_is_none_is_an_error(string path, string said) => Assert.Contains(said, Read(Part(), "a6000", path).Errors.Items.Single().Problem, StringComparison.Ordinal);

    [Fact]
    public void A_file_named_twice_counts_once()
    {
        var path = File("class,m,n,k,seconds\ngemm,16,4096,4096,1e-4\n");
        Assert.Equal("table.csv", Read(Part(), "a6000", path, path).Table!.FilesOf(MeasuredClass.Gemm, MeasuredFormats.Bf16));
    }

    [Fact]
    public void A_file_of_nothing_but_errors_is_given_up()
    {
        var text = "class,m,n,k,seconds\n" + string.Concat(Enumerable.Repeat("gemm,x,1,1,1\n", 100_000));
        var (_, errors) = Read(Part(), "a6000", File(text));
        Assert.Equal(InputErrors.Limit, errors.Count);
        Assert.Contains("longer than 65536", Wrong("class,m,n,k,seconds\n" + new string('1', 70_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void Times_faster_than_the_devices_peak_are_of_another_device()
    {
        // 2 · 8192³ FLOP in 2 ms are 550 TFLOP/s; an A6000 has 155.
        var rows = Enumerable.Range(0, 10).Select(i => $"bfloat16,{8192 + i},8192,8192,2\n");
        Assert.Contains("was not measured on a6000: half of its long operators are more than 3.6 times as fast as the peak of that device", Wrong("gemm_dtype,m,n,k,latency\n" + string.Concat(rows)), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_measured_on_more_devices_than_share_the_model_are_refused()
    {
        var path = File("layer,tokens,time_us\no_proj,16,100\n", "RTX4090/Llama/tp2/dense.csv");
        Assert.Contains("measured with 2 tensor-parallel devices, by its folder; here they are 1", Read(Part(), "a6000", path).Errors.Items.Single().Problem, StringComparison.Ordinal);
        Assert.NotNull(Read(Part(devices: 2), "a6000", path).Table);
    }

    [Theory]
    [InlineData("NVIDIA H100 80GB HBM3", "h100-80gb-sxm", true)]
    [InlineData("NVIDIA A100-SXM4-80GB", "a100-80gb-sxm", true)]
    [InlineData("NVIDIA GeForce RTX 4090", "rtx-4090", true)]
    [InlineData("NVIDIA RTX PRO 6000 Blackwell Server Edition", "rtx-pro-6000", true)]
    [InlineData("AMD Instinct MI300X", "mi300x", true)]
    [InlineData("NVIDIA GB200", "b200", false)]
    [InlineData("NVIDIA A100-SXM4-80GB", "h100-80gb-sxm", false)]
    [InlineData("GPU", "h100-80gb-sxm", true)]
    public void Devices_are_told_by_their_model_number(string named, string device, bool same) => Assert.Equal(same, MeasuredTableReader.IsSame(named, Catalogue.Find(device)));

    [SharedTheory]
    [InlineData("a100-80gb-sxm", "vidur/a100/Meta-Llama-3-8B/mlp.csv", "gemm bf16 from mlp.csv (7,667 points")]
    [InlineData("a30", "vidur_a30/Llama-2-7b-hf_mlp.csv", "gemm bf16 from Llama-2-7b-hf_mlp.csv (")]
    [InlineData("rtx-4090", "llmservingsim/RTX4090/Llama-3.1-8B/tp1/dense.csv", "gemm bf16 from dense.csv (760 points")]
    [InlineData("rtx-4090", "llmservingsim/RTX4090/Llama-3.1-8B/tp1/attention.csv", "prefill-attention bf16 from attention.csv (8 points, ±15 % between them), decode-attention bf16 from attention.csv (99 points")]
    [InlineData("b200", "aiconfigurator/b200_sxm/vllm-0.24.0/gemm.csv.gz", "gemm bf16 from gemm.csv.gz (7,728 points")]
    [InlineData("l40s", "aiconfigurator/l40s/vllm-0.24.0/generation_attention.csv.gz", "decode-attention bf16 from generation_attention.csv.gz (152 points")]
    public void Published_tables_of_all_formats_are_read(string device, string file, string described)
    {
        var (table, errors) = Read(Part(), device, SharedData.Path("data/operators/" + file));
        Assert.True(table is not null, string.Join('\n', errors.Items));
        Assert.StartsWith(described, table.Describe(new TimedOperators([], Bf16)), StringComparison.Ordinal);
    }

    [SharedFact]
    public void Published_tables_answer_with_their_own_times()
    {
        const string Folder = "data/operators/aiconfigurator/h100_sxm/vllm-0.24.0/";
        var (table, errors) = Read(
            Part(), "h100-80gb-sxm", SharedData.Path(Folder + "gemm.csv.gz"), SharedData.Path(Folder + "context_attention.csv.gz"), SharedData.Path(Folder + "generation_attention.csv.gz"));
        Assert.True(table is not null, string.Join('\n', errors.Items));
        var ideal = new IdealTimeModel(Catalogue.Find("h100-80gb-sxm"));
        var model = new MeasuredTimeModel(table, ideal, ideal);
        // Every product of the table.
        var file = SharedData.Path(Folder + "gemm.csv.gz");
        using var reader = new StreamReader(GzipFile.Content(System.IO.File.OpenRead(file)));
        var checkedRows = 0;
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split(',');
            if (cells[0] != "bfloat16") continue;
            double Cell(int i) => double.Parse(cells[i], System.Globalization.CultureInfo.InvariantCulture);
            var spec = new Graphs.Operators.Linear((int)Cell(3), (int)Cell(2), false, new WeightFormat(NumberFormat.Bf16));
            var batch = Graphs.Batches.BatchShape.UniformPrefill(1, (int)Cell(1));
            Assert.Equal(1, model.Time(spec, spec.Work(batch, Bf16), batch, Bf16).Seconds / (Cell(4) * 1e-3), 9);
            checkedRows++;
        }

        Assert.Equal(7728, checkedRows);
        // bfloat16,bfloat16,128,32,8,16,1024: 0.428784 ms of prompts, 0.036096 ms of decodes.
        var prompts = Graphs.Batches.BatchShape.UniformPrefill(16, 1024);
        Assert.Equal(0.428784e-3, model.Time(Heads, Heads.Work(prompts, Bf16), prompts, Bf16).Seconds, 12);
        var decodes = Graphs.Batches.BatchShape.UniformDecode(16, 1023);
        Assert.Equal(0.036096e-3, model.Time(Heads, Heads.Work(decodes, Bf16), decodes, Bf16).Seconds, 12);
        Assert.Empty(model.Warnings);
    }
}
