namespace LlmSim.Studies.Passes;

/// <summary>Which counting a forward pass follows (<c>--rules</c>).</summary>
public enum CountingRules
{
    /// <summary>What an engine does for the batch.</summary>
    Standard,

    /// <summary>What the survey's tool counts, to reproduce its figures.</summary>
    LlmViewer,
}
