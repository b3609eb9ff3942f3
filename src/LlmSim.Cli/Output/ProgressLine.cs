using System.Globalization;

namespace LlmSim.Cli.Output;

/// <summary>
/// Progress on standard error for anything that takes longer than a second: what is done, how fast, how long it will take. One line that is
/// overwritten on a terminal, a line every ten seconds in a log.
/// </summary>
internal sealed class ProgressLine(TextWriter error, bool quiet) : IDisposable
{
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly bool _live = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private double _next = 1;
    private int _width;

    /// <summary>Shows where things stand, if it is time to.</summary>
    /// <param name="fraction">Share done, 0 to 1.</param>
    /// <param name="describe">Done, total and rates, given the seconds since the beginning.</param>
    /// <param name="known">Share that was known from before and took no time, 0 to 1.</param>
    public void Report(double fraction, Func<double, string> describe, double known = 0)
    {
        if (quiet) return;
        var seconds = _clock.GetElapsedTime(_began).TotalSeconds;
        if (seconds < _next) return;
        _next = seconds + (_live ? 0.2 : 10);
        var left = fraction > known ? seconds * (1 - fraction) / (fraction - known) : double.NaN;
        var text = string.Create(CultureInfo.InvariantCulture, $"{fraction * 100,5:0.0} %  {describe(seconds)}{(double.IsNaN(left) ? "" : $", {Duration(left)} left")}");
        if (_live)
        {
            error.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else
        {
            error.WriteLine(text);
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_width > 0) error.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }

    private static string Duration(double seconds) => seconds < 90
        ? seconds.ToString("0", CultureInfo.InvariantCulture) + " s"
        : (seconds / 60).ToString("0.#", CultureInfo.InvariantCulture) + " min";
}
