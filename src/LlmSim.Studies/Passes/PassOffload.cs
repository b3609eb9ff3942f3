using LlmSim.Execution.Offloading;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Files;
using LlmSim.Graphs.Operators;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Passes;

/// <summary>Passes of which a part lies, or runs, outside the device: weights and KV cache fetched from host memory or flash, linear layers on the host's processor.</summary>
internal static class PassOffload
{
    /// <summary>
    /// A pass that fetches what is offloaded, one layer ahead: its length is the schedule's, in which copies and computation overlap. Rows keep the times that the
    /// operators have by themselves; memory is what stays on the device.
    /// </summary>
    /// <exception cref="InputException">The machine cannot offload like this.</exception>
    public static PassAnswer Fetched(PassAnswer answer, OffloadSection offload, string file)
    {
        var question = answer.Question;
        var model = PassAnalysis.Executed(question);
        try
        {
            var planner = new OffloadPlanner(model, question.Precision, question.Device, question.Time, ReplicaPlanner.Policy(offload));
            var schedule = Scheduler.Run(planner.Plan(PassAnalysis.BatchOf(question, model)));
            var layers = question.Model.LayerGroups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.WeightBytes(question.Precision)));
            return answer with
            {
                Seconds = schedule.Picoseconds * 1e-12,
                WeightBytes = answer.WeightBytes - offload.Weights * layers,
                KvCacheBytes = (1 - offload.Kv) * answer.KvCacheBytes,
            };
        }
        catch (PlanException e)
        {
            throw new InputException(new InputError(file, 0, "machine.offload", string.Join("; ", e.Problems)));
        }
    }

    /// <summary>A pass whose linear layers lie in host memory and run on the host's processor, everything else on the device; one after another.</summary>
    /// <exception cref="InputException">The machine describes no host.</exception>
    public static PassAnswer LinearsOnHost(PassAnswer answer, string file)
    {
        var question = answer.Question;
        var (batch, precision, units) = (PassAnalysis.BatchOf(question, PassAnalysis.Executed(question)), question.Precision, new OtherUnits(question.Device));
        var rows = answer.Rows.Select(row =>
        {
            if (row.Spec?.Kernel is not Linear) return row;
            var time = units.Cpu(row.Spec, row.Spec.Work(batch, precision), batch, precision)
                ?? throw new InputException(new InputError(file, 0, "pass.linears", $"{question.Device.Name} describes no host with memory and a link", "describe one in its hardware file"));
            return row with
            {
                Seconds = time.Seconds,
                ComputeSeconds = time.ComputeSeconds,
                MemorySeconds = time.MemorySeconds,
                Bound = time.Bound,
                Performance = row.Flops / time.Seconds,
            };
        }).ToList();
        return answer with
        {
            Rows = rows,
            Seconds = rows.Sum(r => r.TotalSeconds),
            WeightBytes = answer.WeightBytes - rows.Where(r => r.Spec?.Kernel is Linear).Sum(r => r.Count * r.Spec!.WeightBytes(precision)),
        };
    }
}
