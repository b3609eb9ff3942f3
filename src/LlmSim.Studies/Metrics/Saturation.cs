using LlmSim.Serving.Results;

namespace LlmSim.Studies.Metrics;

/// <summary>Whether the system kept up with its load.</summary>
/// <param name="IsSaturated">It did not: requests piled up for as long as they came.</param>
/// <param name="CompletedShare">Requests completed over requests arrived in the second half of the arrivals; NaN where that says nothing.</param>
public readonly record struct Saturation(bool IsSaturated, double CompletedShare)
{
    /// <summary>
    /// Judges by the second half of the arrivals, when the start has been forgotten: in a stable system as many requests end there as arrive.
    /// It did not keep up when fewer than 95 % ended, the backlog grew by half or more, and the growth is more than three standard deviations of
    /// a Poisson count.
    /// </summary>
    /// <param name="rows">Requests in order of arrival.</param>
    /// <param name="openLoop">Whether arrivals do not wait for completions; a closed loop cannot fall behind.</param>
    public static Saturation Judge(ReadOnlySpan<RequestRow> rows, bool openLoop)
    {
        if (!openLoop || rows.Length < 20) return new Saturation(false, double.NaN);
        var first = rows[0].ArrivalNanoseconds;
        var last = rows[^1].ArrivalNanoseconds;
        var middle = first + (last - first) / 2;
        long arrived = 0, completed = 0, inside = 0;
        foreach (var row in rows)
        {
            if (row.Status == RequestStatus.Rejected) continue;
            if (row.ArrivalNanoseconds > middle) arrived++;
            else if (row.FinishNanoseconds < 0 || row.FinishNanoseconds > middle) inside++;
            if (row.FinishNanoseconds > middle && row.FinishNanoseconds <= last) completed++;
        }

        if (arrived == 0) return new Saturation(false, double.NaN);
        var share = (double)completed / arrived;
        var growth = arrived - completed;
        return new Saturation(share < 0.95 && growth > 3 * Math.Sqrt(arrived) && growth > 0.5 * inside, share);
    }
}
