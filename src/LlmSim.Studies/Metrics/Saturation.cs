using LlmSim.Serving.Results;

namespace LlmSim.Studies.Metrics;

/// <summary>Whether the system kept up with its load.</summary>
/// <param name="IsSaturated">It did not: requests piled up.</param>
/// <param name="CompletedShare">Requests completed over requests arrived in the second half of the arrivals; NaN where that says nothing.</param>
public readonly record struct Saturation(bool IsSaturated, double CompletedShare)
{
    /// <summary>
    /// Judges an open loop by what piles up. In a stable system as many requests end in the second half of the arrivals as arrive there; and in no half of
    /// the time do requests wait in growing numbers, as they do when a trace's peak is more than the system takes, even if it catches up later. A share
    /// below 95 % counts when the growth is also more than three standard deviations of a Poisson count.
    /// </summary>
    /// <param name="rows">Requests in order of arrival.</param>
    /// <param name="openLoop">Whether arrivals do not wait for completions; a closed loop cannot fall behind.</param>
    public static Saturation Judge(ReadOnlySpan<RequestRow> rows, bool openLoop)
    {
        if (!openLoop || rows.Length < 20) return new Saturation(false, double.NaN);
        var first = rows[0].ArrivalNanoseconds;
        var last = rows[^1].ArrivalNanoseconds;
        if (last == first) return new Saturation(false, double.NaN);
        var (arrived, completed, inside) = Completions(rows, first + (last - first) / 2, last);
        if (arrived == 0) return new Saturation(false, double.NaN);
        var saturated = Grows(arrived, arrived - completed) && arrived - completed > 0.5 * inside;
        // Halves that begin at none, one and two quarters of the arrivals.
        for (var quarter = 0; quarter <= 2 && !saturated; quarter++)
        {
            var begin = first + (last - first) * quarter / 4;
            var (came, begun) = Begun(rows, begin, begin + (last - first) / 2);
            saturated = Grows(came, came - begun);
        }

        return new Saturation(saturated, (double)completed / arrived);
    }

    private static bool Grows(long arrived, long growth) => growth > 0.05 * arrived && growth > 3 * Math.Sqrt(arrived);

    /// <summary>Arrivals and completions after a moment, and requests that were inside at that moment.</summary>
    private static (long Arrived, long Completed, long Inside) Completions(ReadOnlySpan<RequestRow> rows, long from, long to)
    {
        long arrived = 0, completed = 0, inside = 0;
        foreach (var row in rows)
        {
            if (row.Status == RequestStatus.Rejected) continue;
            if (row.ArrivalNanoseconds > from) arrived++;
            else if (row.FinishNanoseconds < 0 || row.FinishNanoseconds > from) inside++;
            if (row.FinishNanoseconds > from && row.FinishNanoseconds <= to) completed++;
        }

        return (arrived, completed, inside);
    }

    /// <summary>Arrivals between two moments, and requests that engines began to work on between them.</summary>
    private static (long Arrived, long Begun) Begun(ReadOnlySpan<RequestRow> rows, long from, long to)
    {
        long arrived = 0, begun = 0;
        foreach (var row in rows)
        {
            if (row.Status == RequestStatus.Rejected) continue;
            if (row.ArrivalNanoseconds >= from && row.ArrivalNanoseconds <= to) arrived++;
            if (row.FirstScheduledNanoseconds >= from && row.FirstScheduledNanoseconds <= to) begun++;
        }

        return (arrived, begun);
    }
}
