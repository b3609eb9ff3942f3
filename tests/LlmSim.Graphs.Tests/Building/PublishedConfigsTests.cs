using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>Configurations as their makers published them: which are built, and which are refused with one clear sentence.</summary>
public sealed class PublishedConfigsTests(ITestOutputHelper output)
{
    [SharedFact]
    public void Known_architectures_are_built_and_others_refused()
    {
        var built = new List<string>();
        var refused = new List<string>();
        foreach (var file in Directory.GetFiles(SharedData.Path("onnx/hf_configs"), "*.json").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var errors = new InputErrors();
            var config = HfConfig.Read(file, errors);
            errors.ThrowIfAny();
            if (ModelBuilder.Build(config!, new BuildOptions(), errors) is { } model)
            {
                var figures = ModelBuilder.Figures(config!, errors)!;
                Assert.Equal(figures.Parameters, Config.Parameters(model));
                built.Add(FormattableString.Invariant($"{name}: {figures.Family} {figures.Parameters} {figures.KvElementsPerToken}"));
            }
            else
            {
                // One sentence, that the architecture is unknown: nothing is refused because of a field.
                refused.Add(name + ": " + Assert.Single(errors.Items).Problem);
            }
        }

        output.WriteLine(string.Join(Environment.NewLine, [$"built {built.Count}", .. built, $"refused {refused.Count}", .. refused]));
        Assert.Equal(Built.ReplaceLineEndings("\n"), string.Join('\n', built));
        Assert.Equal(Refused.ReplaceLineEndings("\n"), string.Join('\n', refused));
    }

    // Name, family, parameters, KV elements per token.
    private const string Built = """
        MiniMaxAI--MiniMax-M2.5: minimax_m2 228689764864 126976
        MiniMaxAI--MiniMax-M2.7: minimax_m2 228689764864 126976
        Qwen--Qwen3-0.6B: qwen3 596049920 57344
        Qwen--Qwen3-1.7B: qwen3 1720574976 57344
        Qwen--Qwen3-235B-A22B-FP8: qwen3_moe 235093634560 96256
        Qwen--Qwen3-235B-A22B: qwen3_moe 235093634560 96256
        Qwen--Qwen3-30B-A3B-FP8: qwen3_moe 30532122624 49152
        Qwen--Qwen3-30B-A3B: qwen3_moe 30532122624 49152
        Qwen--Qwen3-32B-FP8-Static-PerTensor: qwen3 32762123264 131072
        Qwen--Qwen3-32B-FP8: qwen3 32762123264 131072
        Qwen--Qwen3-32B: qwen3 32762123264 131072
        Qwen--Qwen3-8B: qwen3 8190735360 73728
        Qwen--Qwen3-Coder-480B-A35B-Instruct: qwen3_moe 480154875392 126976
        Qwen--Qwen3-VL-235B-A22B-Instruct: qwen3_moe 235093634560 96256
        Qwen--Qwen3-VL-2B-Instruct: qwen3 1720574976 57344
        Qwen--Qwen3-VL-30B-A3B-Instruct: qwen3_moe 30532122624 49152
        Qwen--Qwen3-VL-32B-Instruct: qwen3 32762123264 131072
        Qwen--Qwen3-VL-32B-Thinking: qwen3 32762123264 131072
        Qwen--Qwen3-VL-4B-Instruct: qwen3 4022468096 73728
        Qwen--Qwen3-VL-8B-Instruct: qwen3 8190735360 73728
        XiaomiMiMo--MiMo-7B-Base: qwen2 7622619136 73728
        deepseek-ai--DeepSeek-R1: deepseek_v3 671026419200 35136
        deepseek-ai--DeepSeek-V3: deepseek_v3 671026419200 35136
        meta-llama--Meta-Llama-3.1-405B: llama 405853388800 258048
        meta-llama--Meta-Llama-3.1-70B: llama 70553706496 163840
        meta-llama--Meta-Llama-3.1-8B: llama 8030261248 65536
        mistralai--Mixtral-8x22B-v0.1: mixtral 140620634112 114688
        mistralai--Mixtral-8x7B-v0.1: mixtral 46702792704 65536
        moonshotai--Kimi-K2-Instruct: deepseek_v3 1026408232448 35136
        moonshotai--Kimi-K2.5: deepseek_v3 1026408232448 35136
        nvidia--DeepSeek-V3.1-NVFP4: deepseek_v3 671026419200 35136
        nvidia--Kimi-K2.5-NVFP4: deepseek_v3 1026408232448 35136
        nvidia--Kimi-K2.6-NVFP4: deepseek_v3 1026408232448 35136
        nvidia--Kimi-K2.7-Code-NVFP4: deepseek_v3 1026408232448 35136
        nvidia--Llama-3.1-70B-Instruct-FP8: llama 70553706496 163840
        nvidia--MiniMax-M2.5-NVFP4: minimax_m2 228689764864 126976
        nvidia--MiniMax-M2.7-NVFP4: minimax_m2 228689764864 126976
        nvidia--Qwen3-235B-A22B-NVFP4: qwen3_moe 235093634560 96256
        openai--gpt-oss-120b: gpt_oss 116829156672 36864
        openai--gpt-oss-20b: gpt_oss 20914757184 24576
        """;

    private const string Refused = """
        MiniMaxAI--MiniMax-M3: the builder does not know the architecture "minimax_m3"
        Qwen--Qwen3.5-122B-A10B: the builder does not know the architecture "qwen3_5_moe"
        Qwen--Qwen3.5-27B: the builder does not know the architecture "qwen3_5"
        Qwen--Qwen3.5-35B-A3B: the builder does not know the architecture "qwen3_5_moe"
        Qwen--Qwen3.5-397B-A17B: the builder does not know the architecture "qwen3_5_moe"
        XiaomiMiMo--MiMo-V2-Flash: the builder does not know the architecture "mimo_v2_flash"
        deepseek-ai--DeepSeek-V3.2: the builder does not know the architecture "deepseek_v32"
        deepseek-ai--DeepSeek-V4-Flash: the builder does not know the architecture "deepseek_v4"
        deepseek-ai--DeepSeek-V4-Pro: the builder does not know the architecture "deepseek_v4"
        google--gemma-4-26B-A4B: the builder does not know the architecture "gemma4"
        meta-llama--Llama-4-Maverick-17B-128E-Instruct: the builder does not know the architecture "llama4"
        meta-llama--Llama-4-Scout-17B-16E-Instruct: the builder does not know the architecture "llama4"
        moonshotai--Kimi-K3: the builder does not know the architecture "kimi_k3"
        nvidia--DeepSeek-V3.2-NVFP4: the builder does not know the architecture "deepseek_v32"
        nvidia--DeepSeek-V4-Flash-NVFP4: the builder does not know the architecture "deepseek_v4"
        nvidia--DeepSeek-V4-Pro-NVFP4: the builder does not know the architecture "deepseek_v4"
        nvidia--GLM-5-NVFP4: the builder does not know the architecture "glm_moe_dsa"
        nvidia--GLM-5.1-NVFP4: the builder does not know the architecture "glm_moe_dsa"
        nvidia--GLM-5.2-NVFP4: the builder does not know the architecture "glm_moe_dsa"
        nvidia--Gemma-4-26B-A4B-NVFP4: the builder does not know the architecture "gemma4"
        nvidia--Gemma-4-31B-IT-NVFP4: the builder does not know the architecture "gemma4"
        nvidia--Llama-3_3-Nemotron-Super-49B-v1: the builder does not know the architecture "nemotron-nas"
        nvidia--MiniMax-M3-NVFP4: the builder does not know the architecture "minimax_m3_vl"
        nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3-Ultra-550B-A55B-FP8: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3-Ultra-550B-A55B-NVFP4: the builder does not know the architecture "nemotron_h"
        nvidia--NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4: the builder does not know the architecture "nemotron_h"
        nvidia--Nemotron-H-56B-Base-8K: the builder does not know the architecture "nemotron_h"
        nvidia--Qwen3.5-122B-A10B-NVFP4: the builder does not know the architecture "qwen3_5_moe"
        nvidia--Qwen3.5-397B-A17B-NVFP4: the builder does not know the architecture "qwen3_5_moe"
        nvidia--Qwen3.6-27B-NVFP4: the builder does not know the architecture "qwen3_5"
        nvidia--Qwen3.6-35B-A3B-NVFP4: the builder does not know the architecture "qwen3_5_moe"
        sgl-project--DeepSeek-V4-Flash-FP8: the builder does not know the architecture "deepseek_ref"
        sgl-project--DeepSeek-V4-Pro-FP8: the builder does not know the architecture "deepseek_ref"
        stepfun-ai--Step-3.7-Flash-FP8: the builder does not know the architecture "step3p7"
        stepfun-ai--Step-3.7-Flash: the builder does not know the architecture "step3p7"
        zai-org--GLM-5-FP8: the builder does not know the architecture "glm_moe_dsa"
        zai-org--GLM-5.1-FP8: the builder does not know the architecture "glm_moe_dsa"
        zai-org--GLM-5.1: the builder does not know the architecture "glm_moe_dsa"
        zai-org--GLM-5.2-FP8: the builder does not know the architecture "glm_moe_dsa"
        zai-org--GLM-5.2: the builder does not know the architecture "glm_moe_dsa"
        zai-org--GLM-5: the builder does not know the architecture "glm_moe_dsa"
        """;
}
