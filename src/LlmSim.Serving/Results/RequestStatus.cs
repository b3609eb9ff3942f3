namespace LlmSim.Serving.Results;

/// <summary>How a request ended.</summary>
public enum RequestStatus
{
    /// <summary>All its output tokens were produced.</summary>
    Finished,

    /// <summary>Turned away on arrival: the KV cache of its replica can never hold it.</summary>
    Rejected,

    /// <summary>Still waiting or running when the simulation was ended.</summary>
    Unfinished,
}
