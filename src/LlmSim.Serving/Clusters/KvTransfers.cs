using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Clusters;

/// <summary>
/// Keys and values on their way from prefill to decode replicas. A transfer begins when its turn on the sender's link comes and some
/// decode replica has room; until it ends the blocks are taken on both sides, so a full decode pool holds the prefill pool back.
/// </summary>
internal sealed class KvTransfers
{
    private readonly KvLink _link;
    private readonly Engine[] _receivers;
    private readonly Sender[] _senders;

    public KvTransfers(KvLink link, Engine[] engines, Engine[] receivers)
    {
        _link = link;
        _receivers = receivers;
        _senders = [.. engines.Select(engine => new Sender(engine))];
    }

    /// <summary>End of the next transfer; <see cref="long.MaxValue"/> when none is under way.</summary>
    public long NextEnd
    {
        get
        {
            var end = long.MaxValue;
            foreach (var sender in _senders) end = Math.Min(end, sender.End);
            return end;
        }
    }

    /// <summary>Sequences under way or waiting for the link.</summary>
    public IEnumerable<(Engine Engine, Sequence Sequence)> All()
    {
        foreach (var sender in _senders)
        {
            if (sender.Target is { } target) yield return (target, sender.Sending!);
            foreach (var waiting in sender.Queue) yield return (sender.Engine, waiting.Sequence);
        }
    }

    /// <summary>A prompt was completed on <paramref name="engine"/> at this moment, by an iteration that took so long.</summary>
    public void Add(Engine engine, Sequence sequence, long prefillNanoseconds, long now)
    {
        var sender = _senders[engine.Replica];
        sender.Queue.Enqueue(new Waiting(sequence, prefillNanoseconds, now, sender.SentBefore(now)));
    }

    /// <summary>Ends the transfers that are due and begins those that can; replicas on which something changed are marked.</summary>
    public void Update(long now, Touched touched)
    {
        foreach (var sender in _senders)
        {
            if (sender.End > now || sender.Target is not { } target) continue;
            sender.Engine.Kv.Release(sender.Sending!);
            sender.Engine.Totals.Transfers++;
            sender.Engine.Totals.TransferNanoseconds += sender.End - sender.Begin;
            sender.Engine.Totals.TransferWaitNanoseconds += sender.Wait;
            sender.Engine.Totals.TransferRoomNanoseconds += sender.Room;
            sender.Engine.Disturb();
            target.Inbox.Receive(sender.Sending!);
            touched.Mark(target.Replica);
            touched.Mark(sender.Engine.Replica);
            (sender.End, sender.Sending, sender.Target) = (long.MaxValue, null, null);
        }

        foreach (var sender in _senders)
            if (sender.Target is null && sender.Queue.Count > 0) Begin(sender, now, touched);
    }

    private void Begin(Sender sender, long now, Touched touched)
    {
        var (sequence, prefill, since, sent) = sender.Queue.Peek();
        Engine? target = null;
        foreach (var engine in _receivers)
        {
            if (!engine.CanEverHold(sequence) || !engine.Inbox.CanExpect(sequence)) continue;
            if (target is null || engine.Kv.Used * (double)target.Kv.Total < target.Kv.Used * (double)engine.Kv.Total) target = engine;
        }

        if (target is null) return;
        sender.Queue.Dequeue();
        // While it waited the link sent others, or stood idle because the first in turn had no room.
        sender.Wait = now - since;
        sender.Room = sender.Wait - (sender.SentBefore(now) - sent);
        target.Inbox.Expect(sequence);
        touched.Mark(target.Replica);
        (sender.Sending, sender.Target) = (sequence, target);
        var bytes = sequence.Computed * sender.Engine.Configuration.KvBytesPerToken;
        var whole = (long)Math.Round(bytes / _link.BytesPerSecond * 1e9);
        var left = _link.OverlappedLayers > 0 ? Math.Max(whole / _link.OverlappedLayers, whole - prefill) : whole;
        sender.Begin = now;
        sender.End = now + _link.LatencyNanoseconds + left;
    }

    /// <summary>A sequence whose prompt was completed, by an iteration that took so long, at some moment, before which the link had sent for so long.</summary>
    private readonly record struct Waiting(Sequence Sequence, long PrefillNanoseconds, long Since, long Sent);

    private sealed class Sender(Engine engine)
    {
        public Engine Engine { get; } = engine;

        public Queue<Waiting> Queue { get; } = new();

        public Sequence? Sending { get; set; }

        public Engine? Target { get; set; }

        /// <summary>How long what it sends waited before.</summary>
        public long Wait { get; set; }

        /// <summary>How much of that was for room.</summary>
        public long Room { get; set; }

        public long Begin { get; set; }

        public long End { get; set; } = long.MaxValue;

        /// <summary>How long the link was sending up to a moment.</summary>
        public long SentBefore(long now) => Engine.Totals.TransferNanoseconds + (Target is null ? 0 : now - Begin);
    }
}
