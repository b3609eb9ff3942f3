using LlmSim.Fitting.Regression;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting;

/// <summary>One operator class of one device that is fitted on one measured table, or several.</summary>
/// <param name="Device">Catalogue name of the device.</param>
/// <param name="Class">Operator class.</param>
/// <param name="Format">What tells fits of one class apart; null where there is one.</param>
/// <param name="Kernels">Kernel library measured.</param>
/// <param name="Data">The data, below the data folder, for people and for <c>fittedOn</c>.</param>
/// <param name="HeldOutTarget">Mean error on held-out points that we set out to reach, as a fraction; null where there is no target.</param>
/// <param name="Build">Reads the data (folder, device) into a problem.</param>
public sealed record FitTarget(
    string Device, OperatorClass Class, NumberFormat? Format, string Kernels, string Data, double? HeldOutTarget, Func<string, Device, FitProblem> Build)
{
    /// <summary>For people: "h100-80gb-sxm gemm bf16 vllm-0.24.0".</summary>
    public string Label => string.Join(' ', new[] { Device, Class.Name, Format?.Name(), Kernels }.Where(p => !string.IsNullOrEmpty(p)));
}
