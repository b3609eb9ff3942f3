using System.IO.Compression;

namespace LlmSim.Files;

/// <summary>Reads files that may be compressed with gzip, one member or several, and notices when the data are cut off or damaged.</summary>
public static class GzipFile
{
    // Without it the framework takes a file that ends early for a shorter one. Read once by the framework, at the first stream of the process.
    static GzipFile() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <summary>The content of a file: decompressed where its first two bytes say gzip, whatever its name.</summary>
    /// <param name="file">The file, seekable and at its beginning; disposed with the result.</param>
    /// <returns>A stream that throws <see cref="IOException"/> where the compressed data are not whole.</returns>
    public static Stream Content(Stream file)
    {
        Span<byte> magic = stackalloc byte[2];
        var got = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return got == 2 && magic[0] == 0x1F && magic[1] == 0x8B ? new Checked(new GZipStream(file, CompressionMode.Decompress)) : file;
    }

    /// <summary>Says in our words what the framework found.</summary>
    private sealed class Checked(GZipStream inner) : ForwardStream(inner)
    {
        public override int Read(Span<byte> buffer)
        {
            try
            {
                return Inner.Read(buffer);
            }
            catch (InvalidDataException e)
            {
                throw new IOException("the gzip data are cut off or damaged: fetch the file anew", e);
            }
        }
    }
}
