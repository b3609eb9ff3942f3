using System.Runtime.InteropServices;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs.Files;

/// <summary>Writes <c>run.json</c>: what differs from one run of the same scenario to the next: version, wall time, environment.</summary>
internal static class RunJson
{
    /// <summary>The file's bytes.</summary>
    /// <param name="file">The scenario.</param>
    /// <param name="wallSeconds">Time that the run took.</param>
    /// <param name="more">Writes further members, after the wall time.</param>
    public static byte[] Write(ScenarioFile file, double wallSeconds, Action<Utf8JsonWriter> more)
    {
        return JsonOutput.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("program", "llmsim");
            json.WriteString("version", typeof(RunJson).Assembly.GetName().Version?.ToString(3));
            json.WriteString("scenario", file.Path);
            json.WriteNumber("wallSeconds", wallSeconds);
            more(json);
            json.WriteString("operatingSystem", RuntimeInformation.OSDescription);
            json.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
            json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            json.WriteNumber("processors", Environment.ProcessorCount);
            json.WriteEndObject();
        });
    }
}
