namespace LlmSim.Files;

/// <summary>Collects everything that is wrong with an input, so that it can be mended in one round.</summary>
public sealed class InputErrors
{
    /// <summary>Errors kept; further ones are only counted, so that a hostile file cannot fill the memory.</summary>
    public const int Limit = 100;

    private readonly List<InputError> _items = [];

    /// <summary>The errors, in the order they were found.</summary>
    public IReadOnlyList<InputError> Items => _items;

    /// <summary>Errors found, kept or not.</summary>
    public int Count { get; private set; }

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => Count > 0;

    /// <summary>Adds one error.</summary>
    public void Add(InputError error)
    {
        Count++;
        if (_items.Count < Limit) _items.Add(error);
    }

    /// <inheritdoc cref="InputError(string, int, string, string, string)"/>
    public void Add(string file, int line, string member, string problem, string remedy = "") =>
        Add(new InputError(file, line, member, problem, remedy));

    /// <summary>Takes a step that may find its input wrong; what it finds is kept beside the rest, and the next step can be taken.</summary>
    /// <returns>What the step yields; null when it failed.</returns>
    public T? Collect<T>(Func<T?> step)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(step);
        try
        {
            return step();
        }
        catch (InputException wrong)
        {
            foreach (var item in wrong.Errors.Items) Add(item);
            return null;
        }
    }

    /// <summary>Ends the work on this input if anything is wrong with it.</summary>
    /// <exception cref="InputException">Carries all errors.</exception>
    public void ThrowIfAny()
    {
        if (Any) throw new InputException(this);
    }
}
