namespace LlmSim.Files;

/// <summary>The input is wrong (exit code 2). Carries every error that was found.</summary>
public sealed class InputException : Exception
{
    /// <summary>An exception for the errors collected so far.</summary>
    public InputException(InputErrors errors)
        : base(string.Join(Environment.NewLine, errors.Items)) => Errors = errors;

    /// <summary>An exception for a single error.</summary>
    public InputException(InputError error)
        : this(One(error))
    {
    }

    /// <summary>What is wrong.</summary>
    public InputErrors Errors { get; }

    private static InputErrors One(InputError error)
    {
        var errors = new InputErrors();
        errors.Add(error);
        return errors;
    }
}
