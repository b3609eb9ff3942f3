using System.Runtime.InteropServices;

namespace LlmSim.Cli;

/// <summary>
/// Ends the process some seconds after Ctrl-C or SIGTERM where a command has not noticed by then: it waits for a pipe that nobody writes to, or draws
/// long after its simulation. Outputs appear whole or not at all, so nothing half-written is left.
/// </summary>
internal sealed class Termination : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly List<PosixSignalRegistration> _signals = [];
    private Timer? _timer;

    /// <summary>Listens from now on.</summary>
    public Termination()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }) _signals.Add(PosixSignalRegistration.Create(signal, Notice));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _timer?.Dispose();
    }

    private void Notice(PosixSignalContext context)
    {
        context.Cancel = true;
        _timer ??= new Timer(_ => Environment.Exit(CommandLine.Failed), null, s_patience, Timeout.InfiniteTimeSpan);
    }
}
