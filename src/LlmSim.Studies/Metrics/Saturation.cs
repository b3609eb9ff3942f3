using LlmSim.Serving.Results;

namespace LlmSim.Studies.Metrics;

/// <summary>Whether the system kept up with its load.</summary>
/// <param name="IsSaturated">It did not: requests piled up.</param>
/// <param name="CompletedShare">Requests completed over requests arrived in the second half of the arrivals; NaN where that says nothing.</param>
public readonly record struct Saturation(bool IsSaturated, double CompletedShare)
{
    // Into how many parts a half is cut to see how unevenly its requests came: enough for a variance, few enough to see bursts of a minute in an hour.
    private const int Parts = 32;

    /// <summary>
    /// Judges an open loop by what piles up. In a stable system as many requests end in the second half of the arrivals as arrive there; and neither in all nor in a half
    /// of the time do requests wait in growing numbers, as they do when a trace's peak is more than the system takes, even if it catches up later. Growth counts
    /// from 2 % of the arrivals on where it is more than three standard deviations of their number, by how unevenly they came; and where that is very unevenly,
    /// from 5 % on, as if they had come as a Poisson process.
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
        var saturated = Grows(rows, first + (last - first) / 2, last, arrived, arrived - completed) && arrived - completed > 0.5 * inside;
        // All of the time, which shows the least growth, then halves that begin at none, one and two quarters of it.
        foreach (var (begin, length) in new[] { (0, 4), (0, 2), (1, 2), (2, 2) })
        {
            if (saturated) break;
            var from = first + (last - first) / 4 * begin;
            var to = from + (last - first) / 4 * length;
            var (came, begun) = Begun(rows, from, to);
            saturated = Grows(rows, from, to, came, came - begun);
        }

        return new Saturation(saturated, (double)completed / arrived);
    }

    private static bool Grows(ReadOnlySpan<RequestRow> rows, long from, long to, long arrived, long growth)
    {
        var poisson = 3 * Math.Sqrt(arrived);
        if (growth <= poisson || growth <= 0.02 * arrived) return false;
        return growth > 0.05 * arrived || growth > poisson * Math.Sqrt(Dispersion(rows, from, to));
    }

    /// <summary>Variance over mean of the arrivals in equal parts of a time: 1 for a Poisson process, more where they come in bursts; never given as less than 1.</summary>
    private static double Dispersion(ReadOnlySpan<RequestRow> rows, long from, long to)
    {
        Span<long> counts = stackalloc long[Parts];
        counts.Clear();
        foreach (var row in rows)
        {
            if (row.Status == RequestStatus.Rejected || row.ArrivalNanoseconds < from || row.ArrivalNanoseconds > to) continue;
            counts[Math.Min(Parts - 1, (int)((double)(row.ArrivalNanoseconds - from) / (to - from) * Parts))]++;
        }

        double mean = 0, squares = 0;
        foreach (var count in counts) mean += (double)count / Parts;
        foreach (var count in counts) squares += (count - mean) * (count - mean);
        return Math.Max(1, squares / (Parts - 1) / mean);
    }

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
