namespace LlmSim.Graphs.Operators;

/// <summary>The non-linear function of a feed-forward network. To add one: a member here, a row in <see cref="ActivationFunctions"/>.</summary>
public enum ActivationFunction
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>x·Φ(x), with erf or its tanh approximation.</summary>
    Gelu,

    /// <summary>x·sigmoid(1.702 x).</summary>
    QuickGelu,

    /// <summary>Sigmoid.</summary>
    Sigmoid,

    /// <summary>Tanh.</summary>
    Tanh,

    /// <summary>gpt-oss: clamped gate, clamped up plus one, sigmoid of 1.702 gate.</summary>
    ClampedSwiglu,
}

/// <summary>Figures of the activation functions.</summary>
public static class ActivationFunctions
{
    /// <summary>FLOPs per element, one for each elementary step of the formula (a transcendental function counts 1).</summary>
    public static double FlopsPerElement(this ActivationFunction function) => function switch
    {
        ActivationFunction.Relu or ActivationFunction.Sigmoid or ActivationFunction.Tanh => 1,
        ActivationFunction.Silu => 2,
        ActivationFunction.QuickGelu => 3,
        ActivationFunction.Gelu => 5, // x/√2, erf, +1, ·x, ·½
        ActivationFunction.ClampedSwiglu => 6,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };
}
