using LlmSim.Files;
using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>A recorded trace: as it was, stretched in time, or its requests in their order at the times of another arrival process.</summary>
public sealed class TraceRows : IRequestRows
{
    private readonly TraceReader _reader;
    private readonly double _timeScale;
    private readonly IArrivalProcess? _arrivals;

    /// <summary>Replays a trace.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="timeScale">Factor on all recorded times, above 0: 0.5 doubles the load.</param>
    /// <param name="arrivals">Times to use instead of the recorded ones; null for those recorded.</param>
    /// <exception cref="InputException">The file is wrong, or records no times and none are given.</exception>
    public TraceRows(string path, TraceOptions? options = null, double timeScale = 1, IArrivalProcess? arrivals = null)
    {
        _timeScale = timeScale;
        _arrivals = arrivals;
        _reader = TraceReader.Open(path, options);
        if (_reader.HasTimes || arrivals is not null) return;
        _reader.Dispose();
        throw new InputException(new InputError(path, 1, "", "the trace records lengths but no times", "give workload.arrivals beside workload.trace"));
    }

    /// <summary>The file being read: its format, what was skipped, how far it is.</summary>
    public TraceReader Reader => _reader;

    /// <summary>Whether rows may follow their session's previous request instead of having a time.</summary>
    public bool Chained => _reader.Format is JsonTraceFormat { Delay: not null } or JsonTraceFormat { Chain: not null };

    /// <inheritdoc/>
    public bool Next(ref TraceRow row)
    {
        if (!_reader.Read(out row)) return false;
        if (_arrivals is not null && row.DelayNanoseconds < 0) row.ArrivalNanoseconds = SimulatedTime.Nanoseconds(_arrivals.Next());
        else if (row.ArrivalNanoseconds > 0 && _timeScale != 1) row.ArrivalNanoseconds = (long)Math.Round(row.ArrivalNanoseconds * _timeScale);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();
}
