namespace LlmSim.Serving.Engines;

/// <summary>Whoever runs the engine and takes what leaves it.</summary>
internal interface IEngineOwner
{
    /// <summary>A sequence has all its tokens and has given its blocks back (or will, with its batch).</summary>
    void Finished(Engine engine, Sequence sequence);

    /// <summary>A prompt is complete on a prefill replica; its keys and values shall move to where it is decoded.</summary>
    void Prefilled(Engine engine, Sequence sequence);

    /// <summary>The engine's unfinished requests became more or fewer.</summary>
    void LoadChanged(Engine engine);
}
