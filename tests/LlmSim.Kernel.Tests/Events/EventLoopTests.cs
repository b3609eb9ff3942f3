using LlmSim.Kernel.Events;
using LlmSim.Kernel.Time;

namespace LlmSim.Kernel.Tests.Events;

public class EventLoopTests
{
    [Fact]
    public void Running_in_pieces_equals_running_at_once()
    {
        Assert.Equal(Record([100]), Record([3, 4, 4, 17, 60, 100]));

        static List<(long, long)> Record(long[] stops)
        {
            var loop = new EventLoop(Tick.Nanosecond);
            var seen = new Recorder(loop);
            loop.At(1, seen, data: 0);
            foreach (var stop in stops)
            {
                loop.RunUntil(stop);
                Assert.Equal(stop, loop.Now);
            }

            return seen.Events;
        }
    }

    [Fact]
    public void The_past_takes_no_events()
    {
        var loop = new EventLoop(Tick.Nanosecond);
        loop.RunUntil(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => loop.At(9, new Recorder(loop)));
        Assert.Throws<ArgumentOutOfRangeException>(() => loop.RunUntil(9));
        loop.At(10, new Recorder(loop), data: 100);
        loop.Run();
        Assert.Equal(10, loop.Now);
    }

    private sealed class Recorder(EventLoop loop) : IEventTarget
    {
        public List<(long Now, long Data)> Events { get; } = [];

        public void Happen(int kind, long data)
        {
            Events.Add((loop.Now, data));
            if (data >= 20) return;
            loop.At(loop.Now + 5, this, data: data + 1);
            if (data % 2 == 0) loop.At(loop.Now, this, data: 100 + data);
        }
    }
}
