using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>
/// Chooses the replica of each arriving request. To add a router: one file beside this one with the class and its description, and a
/// line in <see cref="RoutingPolicies"/>.
/// </summary>
internal interface IRouter
{
    /// <summary>One of the candidates, all of which can hold the request; never empty.</summary>
    Engine Route(Request request, IReadOnlyList<Engine> candidates);

    /// <summary>The unfinished requests of a replica became more or fewer: for routers that keep replicas in order rather than look at all of them.</summary>
    void LoadChanged(Engine engine)
    {
    }
}
