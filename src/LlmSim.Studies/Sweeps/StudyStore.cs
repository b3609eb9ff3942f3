using System.Security.Cryptography;
using System.Text;
using LlmSim.Execution.StepCosts;
using LlmSim.Files;
using LlmSim.Graphs.Operators;
using LlmSim.Kernel.Time;
using LlmSim.Machines.Hardware;
using LlmSim.Serving.Policies;
using LlmSim.Studies.Metrics;
using LlmSim.Workloads.Requests;
using Microsoft.Data.Sqlite;

namespace LlmSim.Studies.Sweeps;

/// <summary>
/// Results of a study's points in one SQLite file, each kept in a transaction of its own as soon as it is known: a study that is ended at any moment
/// goes on where it was. Points are keyed by their content, so that a changed axis keeps what it shares with the old one.
/// </summary>
public sealed class StudyStore : IDisposable
{
    // Raised when the meaning of what is stored changes.
    private const string Format = "3";

    // SQLite keeps no checksums of its own: the first bytes of a hash stand behind each result.
    private const int HashBytes = 8;

    private readonly SqliteConnection _connection;
    private readonly Lock _lock = new();

    private readonly SqliteCommand _insert;
    private readonly SqliteParameter _key, _summary;

    private readonly string _path;

    private StudyStore(SqliteConnection connection, string path)
    {
        (_connection, _path) = (connection, path);
        _insert = connection.CreateCommand();
        _insert.CommandText = "INSERT OR REPLACE INTO points (key, summary) VALUES ($key, $summary)";
        _key = _insert.Parameters.Add("$key", SqliteType.Text);
        _summary = _insert.Parameters.Add("$summary", SqliteType.Blob);
        _insert.Prepare();
    }

    /// <summary>
    /// Version and build of everything that computes results. A deterministic compiler gives equal sources equal module ids, so that changed code is told apart
    /// whatever its version says.
    /// </summary>
    internal static string Program { get; } = typeof(StudyStore).Assembly.GetName().Version!.ToString(3) + "+" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(
        new[] { typeof(StudyStore), typeof(Tick), typeof(LanguageModel), typeof(Device), typeof(IStepCost), typeof(Request), typeof(BatchingPolicies), typeof(JsonValue) }
            .Select(t => t.Module.ModuleVersionId.ToString("N"))))))[..12];

    /// <summary>Opens or begins a store.</summary>
    /// <param name="path">The file.</param>
    /// <param name="study">What identifies the study: the scenario without its axes.</param>
    /// <exception cref="InputException">The file is no store, or one of another version or another study.</exception>
    public static StudyStore Open(string path, string study)
    {
        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            // A write-ahead log survives the process's end at any moment, without waiting for the disk at every point.
            Run(connection, "PRAGMA journal_mode = WAL");
            Run(connection, "PRAGMA synchronous = NORMAL");
            Run(connection, "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
            Run(connection, "CREATE TABLE IF NOT EXISTS points (key TEXT PRIMARY KEY, summary BLOB NOT NULL)");
            Check(connection, path, "format", Format, "was written by another version");
            Check(connection, path, "program", Program, "was written by another version");
            Check(connection, path, "study", study, "holds another study");
            return new StudyStore(connection, path);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new InputException(new InputError(path, 0, "", "cannot be used as a study's store: " + e.Message.TrimEnd('.'), "name another file, or remove it"));
        }
        catch (InputException)
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>All results, as <see cref="SummaryBytes"/> wrote them, by key.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public Dictionary<string, ArraySegment<byte>> ReadAll()
    {
        lock (_lock)
        {
            try
            {
                using var command = _connection.CreateCommand();
                command.CommandText = "SELECT key, summary FROM points";
                using var reader = command.ExecuteReader();
                var all = new Dictionary<string, ArraySegment<byte>>(StringComparer.Ordinal);
                while (reader.Read())
                {
                    var stored = reader.GetFieldValue<byte[]>(1);
                    var bytes = new ArraySegment<byte>(stored, 0, Math.Max(0, stored.Length - HashBytes));
                    if (!SHA256.HashData(bytes).AsSpan(0, HashBytes).SequenceEqual(stored.AsSpan(bytes.Count)))
                        throw new InputException(new InputError(_path, 0, "", "the store is damaged", "name another folder with --out, or remove it"));
                    all[reader.GetString(0)] = bytes;
                }

                return all;
            }
            catch (SqliteException e)
            {
                throw new InputException(new InputError(_path, 0, "", "the store cannot be read: " + e.Message.TrimEnd('.'), "name another folder with --out, or remove it"));
            }
        }
    }

    /// <summary>Keeps the result of a point; when it returns, the end of the process does no harm to it any more.</summary>
    /// <exception cref="InputException">The disk is full, say.</exception>
    public void Add(string key, Summary summary)
    {
        var bytes = SummaryBytes.Write(summary);
        lock (_lock)
        {
            _key.Value = key;
            _summary.Value = (byte[])[.. bytes, .. SHA256.HashData(bytes).AsSpan(0, HashBytes)];
            try
            {
                _insert.ExecuteNonQuery();
            }
            catch (SqliteException e)
            {
                throw new InputException(new InputError(_path, 0, "", "a result cannot be kept: " + e.Message.TrimEnd('.'), "make room, or name another folder with --out; what was kept is found again"));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private static void Check(SqliteConnection connection, string path, string name, string value, string problem)
    {
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT OR IGNORE INTO about (name, value) VALUES ($name, $value)";
        insert.Parameters.AddWithValue("$name", name);
        insert.Parameters.AddWithValue("$value", value);
        insert.ExecuteNonQuery();
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT value FROM about WHERE name = $name";
        select.Parameters.AddWithValue("$name", name);
        if ((string)select.ExecuteScalar()! != value)
            throw new InputException(new InputError(path, 0, "", $"the store {problem}", "name another with --out, or remove it"));
    }

    private static void Run(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
