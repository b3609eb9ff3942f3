namespace LlmSim.Serving.Results;

/// <summary>Receives what a serving simulation produces, as it happens. Called in a fixed order; never keep a record's request beyond need.</summary>
public interface IServingObserver
{
    /// <summary>Whether <see cref="IterationsEnded"/> shall be called; read once, when the simulation is built.</summary>
    bool WantsIterations { get; }

    /// <summary>A request finished, was rejected, or was still unfinished when the simulation was ended.</summary>
    void RequestEnded(in RequestRecord record);

    /// <summary>An iteration, or a merged run of them, ended on some replica. Replicas take turns; each one's records are in order.</summary>
    void IterationsEnded(in IterationRecord record);

    /// <summary>Whether <see cref="BatchBegan"/> shall be called; read once, when the simulation is built.</summary>
    bool WantsBatches => false;

    /// <summary>An iteration begins; called for every single one, also of those that <see cref="IterationsEnded"/> merges.</summary>
    void BatchBegan(in BatchRecord record)
    {
    }
}
