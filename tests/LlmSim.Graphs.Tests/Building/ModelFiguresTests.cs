using LlmSim.Files;
using LlmSim.Graphs.Catalogue;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Building;

public sealed class ModelFiguresTests
{
    private static readonly ModelCatalogue Shipped = new(Repository.Path("models"));

    // Sums over the tensors of the published checkpoints.
    [Theory]
    [InlineData("gpt-2", 124_439_808, 124_439_808, 18_432)]
    [InlineData("gpt-2-xl", 1_557_611_200, 1_557_611_200, 153_600)]
    [InlineData("opt-125m", 125_239_296, 125_239_296, 18_432)]
    [InlineData("opt-1.3b", 1_315_758_080, 1_315_758_080, 98_304)]
    [InlineData("opt-6.7b", 6_658_473_984, 6_658_473_984, 262_144)]
    [InlineData("opt-66b", 65_719_701_504, 65_719_701_504, 1_179_648)]
    [InlineData("gpt-j-6b", 6_050_882_784, 6_050_882_784, 229_376)]
    [InlineData("chatglm3-6b", 6_243_584_000, 6_243_584_000, 14_336)]
    [InlineData("llama-2-7b", 6_738_415_616, 6_738_415_616, 262_144)]
    [InlineData("llama-2-13b", 13_015_864_320, 13_015_864_320, 409_600)]
    [InlineData("llama-2-70b", 68_976_648_192, 68_976_648_192, 163_840)]
    [InlineData("llama-3-8b", 8_030_261_248, 8_030_261_248, 65_536)]
    [InlineData("llama-3.1-8b", 8_030_261_248, 8_030_261_248, 65_536)]
    [InlineData("llama-3.1-70b", 70_553_706_496, 70_553_706_496, 163_840)]
    [InlineData("llama-3.1-405b", 405_853_388_800, 405_853_388_800, 258_048)]
    [InlineData("llama-3.2-1b", 1_235_814_400, 1_235_814_400, 16_384)]
    [InlineData("llama-3.2-3b", 3_212_749_824, 3_212_749_824, 57_344)]
    [InlineData("mistral-7b", 7_241_732_096, 7_241_732_096, 65_536)]
    [InlineData("mixtral-8x7b", 46_702_792_704, 12_879_925_248, 65_536)]
    [InlineData("mixtral-8x22b", 140_620_634_112, 39_152_031_744, 114_688)]
    [InlineData("qwen2.5-0.5b", 494_032_768, 494_032_768, 6_144)]
    [InlineData("qwen2.5-7b", 7_615_616_512, 7_615_616_512, 28_672)]
    [InlineData("qwen1.5-moe-a2.7b", 14_315_784_192, 2_689_173_504, 98_304)]
    [InlineData("qwen3-0.6b", 596_049_920, 596_049_920, 57_344)]
    [InlineData("qwen3-8b", 8_190_735_360, 8_190_735_360, 73_728)]
    [InlineData("qwen3-32b", 32_762_123_264, 32_762_123_264, 131_072)]
    [InlineData("qwen3-30b-a3b", 30_532_122_624, 3_353_032_704, 49_152)]
    [InlineData("qwen3-235b-a22b", 235_093_634_560, 22_190_763_520, 96_256)]
    [InlineData("phi-2", 2_779_683_840, 2_779_683_840, 163_840)]
    [InlineData("phi-3-mini", 3_821_079_552, 3_821_079_552, 196_608)]
    [InlineData("gemma-2-9b", 9_241_705_984, 9_241_705_984, 172_032)]
    [InlineData("gemma-2b", 2_506_172_416, 2_506_172_416, 9_216)]
    [InlineData("gemma-7b", 8_537_680_896, 8_537_680_896, 229_376)]
    [InlineData("gemma-3-1b", 999_885_952, 999_885_952, 13_312)]
    [InlineData("gpt-neox-20b", 20_554_567_680, 20_554_567_680, 540_672)]
    [InlineData("pythia-6.9b", 6_857_302_016, 6_857_302_016, 262_144)]
    [InlineData("pythia-12b", 11_846_072_320, 11_846_072_320, 368_640)]
    [InlineData("falcon-7b", 6_921_720_704, 6_921_720_704, 4_096)]
    [InlineData("falcon-40b", 41_303_293_952, 41_303_293_952, 61_440)]
    [InlineData("falcon-180b", 179_522_565_120, 179_522_565_120, 81_920)]
    [InlineData("starcoder2-3b", 3_030_371_328, 3_030_371_328, 15_360)]
    [InlineData("starcoder2-7b", 7_173_923_840, 7_173_923_840, 32_768)]
    [InlineData("starcoder2-15b", 15_957_889_024, 15_957_889_024, 40_960)]
    [InlineData("deepseek-v2-lite", 15_706_484_224, 2_661_150_208, 15_552)]
    [InlineData("deepseek-v3", 671_026_419_200, 37_552_297_472, 35_136)]
    [InlineData("kimi-k2", 1_026_408_232_448, 32_861_500_928, 35_136)]
    [InlineData("gpt-oss-20b", 20_914_757_184, 4_187_440_704, 24_576)]
    [InlineData("gpt-oss-120b", 116_829_156_672, 5_711_982_912, 36_864)]
    public void Parameters_and_cache_are_those_of_the_published_model(string name, long parameters, long active, long kvElementsPerToken)
    {
        var errors = new InputErrors();
        var figures = Shipped.Entry(name, errors)?.Figures;
        errors.ThrowIfAny();
        Assert.Equal((parameters, active, kvElementsPerToken), (figures!.Parameters, figures.ActiveParameters, figures.KvElementsPerToken));
    }

    // Rounded figures by which the models are known.
    [Theory]
    [InlineData("llama-1-7b", 6.7)]
    [InlineData("llama-1-13b", 13.0)]
    [InlineData("llama-1-30b", 32.5)]
    [InlineData("llama-1-65b", 65.2)]
    [InlineData("llama-3-70b", 70.6)]
    [InlineData("codellama-34b", 33.7)]
    [InlineData("yi-34b", 34.4)]
    [InlineData("qwen-72b", 72.3)]
    [InlineData("qwen2-57b-a14b", 57.4)]
    [InlineData("qwen2.5-72b", 72.7)]
    [InlineData("mistral-nemo-12b", 12.2)]
    [InlineData("mistral-small-24b", 23.6)]
    [InlineData("phi-4", 14.7)]
    [InlineData("gemma-2-2b", 2.6)]
    [InlineData("gemma-2-27b", 27.2)]
    [InlineData("deepseek-v2", 235.7)]
    [InlineData("opt-30b", 30.0)]
    [InlineData("opt-175b", 175)]
    [InlineData("glm-4-9b", 9.4)]
    [InlineData("glm-4.5", 353)]
    [InlineData("glm-4.5-air", 107)]
    [InlineData("minimax-m2", 229)]
    [InlineData("internlm-20b", 20.1)]
    public void Parameters_come_to_the_figure_in_the_papers(string name, double billions)
    {
        var figures = Shipped.Entry(name, new InputErrors())!.Figures;
        Assert.InRange(figures.Parameters / 1e9, billions * 0.994, billions * 1.006);
    }

    [Fact]
    public void Every_configuration_of_the_catalogue_is_in_order()
    {
        var errors = new InputErrors();
        Assert.Equal(Shipped.Names.Count, Shipped.All(errors).Count);
        errors.ThrowIfAny();
    }
}
