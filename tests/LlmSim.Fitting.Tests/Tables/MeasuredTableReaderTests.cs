using LlmSim.Files;
using LlmSim.Fitting.Classes;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;

namespace LlmSim.Fitting.Tests.Tables;

public sealed class MeasuredTableReaderTests
{
    private static readonly HardwareCatalogue s_catalogue = new(Repository.Path("hardware"));
    private static readonly Precision s_bf16 = new(new WeightFormat(NumberFormat.Bf16), NumberFormat.Bf16, NumberFormat.Bf16);

    private static MeasuredTable Read(string text, ProfiledModel? model = null)
    {
        var path = Path.Combine(Path.GetTempPath(), $"llmsim-{Guid.NewGuid():N}.csv");
        try
        {
            File.WriteAllText(path, text);
            return MeasuredTableReader.Read(path, s_catalogue.Find("a6000"), s_bf16, model);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\nbfloat16,16,4096,4096,0.1,x\nfp8,16,4096,4096,0.05,x\n")]
    [InlineData("class,first,second,third,size,length,seconds\ngemm,4096,4096,0,16,1,1e-4\n")]
    public void Formats_are_told_by_their_columns(string text)
    {
        var table = Read(text);
        Assert.Equal(1, table.Count);
        // 33.8 MB at 768 GB/s are 44 µs of 100.
        Assert.Equal(0.44, table.Utilization(MeasuredClass.Gemm, 4096, 4096, 0, 16, 1)!.Value, 2);
    }

    [Fact]
    public void Layers_need_the_model_they_belong_to()
    {
        const string Text = "layer,tokens,time_us\no_proj,16,100\nact_fn,16,3\n";
        Assert.Equal(1, Read(Text, ProfiledModel.Llama8B).Count);
        Assert.Throws<InputException>(() => Read(Text));
    }

    [Theory]
    [InlineData("a,b\n1,2\n")]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\nbfloat16,16,4096,x,0.1,x\n")]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\nbfloat16,16,4096\n")]
    [InlineData("gemm_dtype,m,n,k,latency_ms,kernel\n")]
    [InlineData("class,first,second,third,size,length,seconds\nconvolution,1,1,1,1,1,1\n")]
    [InlineData("")]
    public void A_damaged_table_is_an_error_of_the_input(string text) => Assert.Throws<InputException>(() => Read(text));

    [SharedFact]
    public void A_published_table_answers_with_its_own_times()
    {
        var device = s_catalogue.Find("h100-80gb-sxm");
        var table = MeasuredTableReader.Read(SharedData.Path("data/operators/aiconfigurator/h100_sxm/vllm-0.24.0/gemm.csv.gz"), device, s_bf16);
        var ideal = new IdealTimeModel(device);
        var model = new MeasuredTimeModel(table, ideal, ideal);
        var spec = new Linear(8192, 8192, false, new WeightFormat(NumberFormat.Bf16));
        var batch = BatchShape.UniformPrefill(1, 8192);
        Assert.Equal(1.541708e-3, model.Time(spec, spec.Work(batch, s_bf16), batch, s_bf16).Seconds, 9);
    }
}
