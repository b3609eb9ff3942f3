using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;

namespace LlmSim.Workloads.Clients;

/// <summary>The eight busiest clients of a small general model in production.</summary>
/// <remarks>
/// Share of requests, median coefficient of variation within 10-minute windows, variation of the rate between windows, family of the gaps, and
/// length quantiles, as ServeGen publishes them (github.com/alibaba/ServeGen, m-small, Apache-2.0). The point at 999 per mille is placed so that
/// the published mean length comes out as nearly as the quantiles allow.
/// </remarks>
internal static class MSmallClients
{
    public static ClientProfile Profile { get; } = new("m-small",
    [
        new(
            new ClientBehaviour { Share = 0.282, Cv = 1.11, RateCv = 0.52 },
            new Quantiles(0, 13, 10, 13, 50, 13, 100, 14, 200, 18, 300, 19, 400, 19, 500, 19, 600, 19, 700, 19, 800, 19, 900, 20, 950, 20, 990, 20, 999, 20, 1000, 140),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 1, 200, 2, 300, 2, 400, 3, 500, 3, 600, 3, 700, 5, 800, 14, 900, 70, 950, 109, 990, 193, 999, 193, 1000, 10912)),
        new(
            new ClientBehaviour { Share = 0.232, Cv = 9.12, RateCv = 0.36, Weibull = true },
            new Quantiles(0, 18, 10, 18, 50, 19, 100, 19, 200, 20, 300, 21, 400, 22, 500, 27, 600, 27, 700, 28, 800, 29, 900, 31, 950, 32, 990, 38, 999, 38, 1000, 4970),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 1, 200, 1, 300, 2, 400, 2, 500, 2, 600, 2, 700, 3, 800, 4, 900, 6, 950, 8, 990, 13, 999, 13, 1000, 793)),
        new(
            new ClientBehaviour { Share = 0.150, Cv = 1.17, RateCv = 0.58, Weibull = true },
            new Quantiles(0, 50, 10, 50, 50, 50, 100, 50, 200, 50, 300, 51, 400, 51, 500, 52, 600, 52, 700, 52, 800, 52, 900, 54, 950, 617, 990, 850, 999, 850, 1000, 2287),
            new Quantiles(0, 2, 10, 2, 50, 2, 100, 3, 200, 3, 300, 3, 400, 3, 500, 3, 600, 3, 700, 4, 800, 4, 900, 5, 950, 13, 990, 28, 999, 28, 1000, 158)),
        new(
            new ClientBehaviour { Share = 0.140, Cv = 1.07, RateCv = 0.16 },
            new Quantiles(0, 35, 10, 35, 50, 36, 100, 37, 200, 38, 300, 39, 400, 40, 500, 40, 600, 41, 700, 43, 800, 44, 900, 46, 950, 48, 990, 57, 999, 57, 1000, 2555),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 1, 200, 1, 300, 1, 400, 1, 500, 1, 600, 1, 700, 1, 800, 1, 900, 1, 950, 1, 990, 21, 999, 21, 1000, 465)),
        new(
            new ClientBehaviour { Share = 0.092, Cv = 1.74, RateCv = 0.93 },
            new Quantiles(0, 49, 10, 49, 50, 50, 100, 51, 200, 53, 300, 54, 400, 56, 500, 67, 600, 70, 700, 73, 800, 76, 900, 82, 950, 89, 990, 108, 999, 108, 1000, 8243),
            new Quantiles(0, 4, 10, 4, 50, 6, 100, 7, 200, 8, 300, 9, 400, 9, 500, 10, 600, 11, 700, 12, 800, 13, 900, 15, 950, 18, 990, 23, 999, 23, 1000, 8192)),
        new(
            new ClientBehaviour { Share = 0.042, Cv = 1.04, RateCv = 0.68 },
            new Quantiles(0, 107, 10, 107, 50, 119, 100, 129, 200, 157, 300, 194, 400, 231, 500, 262, 600, 322, 700, 402, 800, 565, 900, 1367, 950, 1477, 990, 1569, 999, 1569, 1000, 11256),
            new Quantiles(0, 1, 10, 1, 50, 2, 100, 3, 200, 3, 300, 4, 400, 26, 500, 38, 600, 56, 700, 58, 800, 61, 900, 67, 950, 71, 990, 80, 999, 80, 1000, 1500)),
        new(
            new ClientBehaviour { Share = 0.032, Cv = 1.15, RateCv = 0.86 },
            new Quantiles(0, 46, 10, 46, 50, 46, 100, 46, 200, 46, 300, 46, 400, 46, 500, 46, 600, 46, 700, 46, 800, 46, 900, 46, 950, 46, 990, 46, 999, 46, 1000, 175),
            new Quantiles(0, 13, 10, 13, 50, 14, 100, 28, 200, 34, 300, 41, 400, 46, 500, 51, 600, 55, 700, 60, 800, 69, 900, 103, 950, 122, 990, 135, 999, 135, 1000, 8192)),
        new(
            new ClientBehaviour { Share = 0.029, Cv = 1.04, RateCv = 0.23 },
            new Quantiles(0, 142, 10, 142, 50, 163, 100, 218, 200, 255, 300, 271, 400, 283, 500, 296, 600, 309, 700, 326, 800, 349, 900, 398, 950, 485, 990, 683, 999, 683, 1000, 90764),
            new Quantiles(0, 18, 10, 18, 50, 72, 100, 82, 200, 92, 300, 100, 400, 106, 500, 112, 600, 118, 700, 124, 800, 132, 900, 144, 950, 154, 990, 176, 999, 176, 1000, 8192)),
    ]);
}
