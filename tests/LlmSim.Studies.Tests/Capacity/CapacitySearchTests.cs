using LlmSim.Files;
using LlmSim.Studies.Capacity;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Tests.Capacity;

public sealed class CapacitySearchTests
{
    private static ScenarioFile Scenario(params string[] sets) => ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=300", .. sets]);

    [Fact]
    public void The_rate_found_meets_the_SLO_and_a_little_more_does_not()
    {
        var file = Scenario("slo={\"ttft\":{\"p\":0.9,\"seconds\":0.5},\"tpot\":{\"p\":0.9,\"seconds\":0.05}}");
        var found = CapacitySearch.Find(file);
        Assert.True(found.Met);
        Assert.Equal("requests/s", found.Unit);
        Assert.NotEmpty(found.Limits);
        Assert.True(found.AtCapacity[0].Slo.Where(s => s.Metric != "goodput").All(s => s.Met));
        Assert.NotNull(found.Beyond);
        // A bisection over a bracket of two takes about six steps beyond it.
        Assert.InRange(found.Runs, 3, 30);
        var again = CapacitySearch.Find(file);
        Assert.Equal(found.Rate, again.Rate);
    }

    [Fact]
    public void Several_seeds_give_an_interval()
    {
        var found = CapacitySearch.Find(Scenario("slo={\"ttft\":{\"p\":0.9,\"seconds\":0.5}}", "repeat=3"));
        Assert.True(found.Rate.HalfWidth > 0);
        // Figures are those of all seeds, as the rate is.
        Assert.Equal(3, found.AtCapacity.Count);
        Assert.Equal(3, found.AtCapacity.Select(s => s.Ttft.P99).Distinct().Count());
        Assert.Equal(found.AtCapacity.Average(s => s.Ttft.P99), found.Of(StudyMetric.Named("ttft.p99")).Mean, 1e-9);
    }

    [Fact]
    public void A_bound_that_no_rate_meets_is_said_with_the_best_that_was_reached()
    {
        var found = CapacitySearch.Find(Scenario("slo={\"tpot\":{\"p\":0.5,\"seconds\":0.0001}}", "workload.requests=40"));
        Assert.False(found.Met);
        Assert.Equal(0, found.Rate.Mean);
        Assert.Equal(["tpot p50"], found.Limits);
        Assert.True(found.AtCapacity[0].Tpot.P50 > 0.001);
    }

    [Fact]
    public void The_answer_does_not_hang_on_the_load_that_the_scenario_begins_with()
    {
        const string Slo = "slo={\"ttft\":{\"p\":0.9,\"seconds\":0.5}}";
        var near = CapacitySearch.Find(Scenario(Slo, "workload.requests=100"));
        var far = CapacitySearch.Find(Scenario(Slo, "workload.requests=100", "workload.arrivals.rate=1e9"));
        Assert.True(far.Met);
        Assert.InRange(far.Rate.Mean / near.Rate.Mean, 0.97, 1.03);
    }

    [Fact]
    public void A_search_downwards_ends_where_requests_are_alone_and_says_how_far_it_went()
    {
        // Half the load would last longer than a scenario may.
        var found = CapacitySearch.Find(Scenario("slo={\"ttft\":{\"p\":0.5,\"seconds\":0.0001}}", "workload.requests=40", "workload.arrivals={\"kind\":\"constant\",\"rate\":2e-8}"));
        Assert.False(found.Met);
        Assert.Equal((1, 2e-8), (found.Runs, found.Lowest));
        found = CapacitySearch.Find(Scenario("slo={\"ttft\":{\"p\":0.5,\"seconds\":0.0001}}", "workload.requests=40"));
        Assert.InRange(found.Runs, 3, 20);
        Assert.InRange(found.Lowest, 1e-5, 0.1);
    }

    [Fact]
    public void Where_nothing_fails_no_limit_is_told()
    {
        var found = CapacitySearch.Find(Scenario("workload.requests=1"));
        Assert.True(found.Met);
        Assert.Empty(found.Limits);
    }

    [Fact]
    public void Users_are_found_as_whole_numbers()
    {
        var found = CapacitySearch.Find(Scenario("workload.arrivals={\"kind\":\"closed-loop\",\"users\":4}", "slo={\"tpot\":{\"p\":0.9,\"seconds\":0.03}}"));
        Assert.Equal("users", found.Unit);
        Assert.Equal(Math.Floor(found.Rate.Mean), found.Rate.Mean);
        Assert.True(found.Rate.Mean >= 1);
    }

    [Fact]
    public void Without_a_bound_or_a_rate_there_is_nothing_to_search()
    {
        Assert.Throws<InputException>(() => CapacitySearch.Find(Scenario("slo=null")));
        Assert.Throws<InputException>(() => CapacitySearch.Find(Scenario("workload.arrivals={\"kind\":\"all-at-once\"}")));
        Assert.Throws<ImpossibleException>(() => CapacitySearch.Find(Scenario("model=llama-2-70b")));
    }

    [Fact]
    public void The_front_holds_what_nothing_beats()
    {
        (double, double)[] points = [(1, 10), (2, 8), (2, 9), (3, 3), (1.5, 9), (double.NaN, 99), (0.5, 10), (3, 3)];
        Assert.Equal([0, 2, 3], ParetoFront.Of(points));
        Assert.Empty(ParetoFront.Of([]));
    }
}
