using LlmSim.Execution.Plans;

namespace LlmSim.Execution.Schedules;

/// <summary>When each activity of a plan ran. Repetitions that the run skipped are here like all others.</summary>
public sealed class PassSchedule
{
    private readonly Recording _recording;

    internal PassSchedule(PassPlan plan, Recording recording, long ranUntil)
    {
        (Plan, _recording) = (plan, recording);
        Picoseconds = checked(ranUntil + recording.TicksCutOut);
    }

    /// <summary>What ran.</summary>
    public PassPlan Plan { get; }

    /// <summary>When the last activity ended, in picoseconds.</summary>
    public long Picoseconds { get; }

    /// <summary>Starts and ends that were really simulated; less than twice the activities when repetitions were skipped.</summary>
    public int SimulatedEvents => _recording.Events;

    /// <summary>When an activity started, in picoseconds.</summary>
    /// <param name="place">Place in the plan's order.</param>
    /// <param name="activity">Index in the section that runs there.</param>
    public long Start(int place, int activity) => _recording.StartOf(place, activity);

    /// <summary>When an activity ended, in picoseconds.</summary>
    /// <param name="place">Place in the plan's order.</param>
    /// <param name="activity">Index in the section that runs there.</param>
    public long End(int place, int activity) => _recording.EndOf(place, activity);

    /// <summary>Share of the pass during which a unit was busy, 0 to 1.</summary>
    public double Utilization(int unit)
    {
        double busy = 0;
        for (var place = 0; place < Plan.Order.Count; place++)
        {
            var activities = Plan.Sections[Plan.Order[place]].Activities;
            for (var a = 0; a < activities.Count; a++)
                if (activities[a].Unit == unit) busy += End(place, a) - Start(place, a);
        }

        return Picoseconds > 0 ? busy / Picoseconds : 0;
    }
}
