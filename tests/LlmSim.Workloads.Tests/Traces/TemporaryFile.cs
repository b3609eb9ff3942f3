using System.IO.Compression;
using System.Text;

namespace LlmSim.Workloads.Tests.Traces;

/// <summary>A file that goes when the test ends.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(string text, bool compressed = false)
    {
        Path = System.IO.Path.GetTempFileName();
        var bytes = Encoding.UTF8.GetBytes(text);
        using var file = File.Create(Path);
        if (!compressed)
        {
            file.Write(bytes);
            return;
        }

        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(bytes);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}
