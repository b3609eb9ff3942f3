using System.Diagnostics;
using System.Globalization;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Benchmarks;

/// <summary>
/// A study on one worker and on all cores: the parallel efficiency, beside that of whole studies which run at once and share nothing, which is what the
/// machine can do at best. Wall time, warm, medians of rounds that take turns.
/// </summary>
internal static class StudyBenchmark
{
    private const int Rounds = 5;

    public static int Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("study SCENARIO [REQUESTS]: name a scenario with axes, scenarios/policy-comparison.json say");
            return 2;
        }

        var requests = arguments.Length > 1 ? arguments[1] : "6000";
        var file = ScenarioFile.Load(arguments[0], ["workload.requests=" + requests]);
        var cores = Environment.ProcessorCount;
        var (one, all, apart) = (new List<double>(), new List<double>(), new List<double>());
        Study(file, cores);
        for (var round = 0; round < Rounds; round++)
        {
            one.Add(Seconds(() => Study(file, 1)));
            all.Add(Seconds(() => Study(file, cores)));
            apart.Add(Seconds(() => AtOnce(cores, () => Study(file, 1))));
        }

        var (t1, tn, ta) = (Median(one), Median(all), Median(apart));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{file.Name}, {requests} requests a point: one worker {t1:N2} s, {cores} workers {tn:N2} s, efficiency {t1 / tn / cores:P0}; {cores} studies at once {ta:N2} s, so the machine's own {t1 / ta:P0}; against that {ta / tn / cores:P0}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak resident memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:N0} MB"));
        return 0;
    }

    private static void Study(ScenarioFile file, int workers) => StudyRun.Execute(file, new StudyOptions { Workers = workers });

    private static void AtOnce(int count, Action run)
    {
        var threads = Enumerable.Range(0, count).Select(_ => new Thread(() => run())).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
    }

    private static double Seconds(Action run)
    {
        var began = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
