using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Architectures;

/// <summary>
/// A family of models: the names by which configurations call it, and how one is read. To add a family: a file beside this one with such a value,
/// and a line in <see cref="KnownArchitectures"/>.
/// </summary>
/// <param name="Family">Our name, which is a model_type.</param>
/// <param name="ModelTypes">Values of model_type that mean this family.</param>
/// <param name="ClassNames">Entries of "architectures" that mean it.</param>
/// <param name="Read">Reads a configuration, reporting what is missing or wrong.</param>
internal sealed record Architecture(
    string Family, IReadOnlyList<string> ModelTypes, IReadOnlyList<string> ClassNames, Func<ConfigReader, DecoderShape> Read);
