using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;

namespace LlmSim.Workloads.Clients;

/// <summary>The eight busiest clients of a large general model in production.</summary>
/// <remarks>
/// Share of requests, median coefficient of variation within 10-minute windows, variation of the rate between windows, family of the gaps, and
/// length quantiles, as ServeGen publishes them (github.com/alibaba/ServeGen, m-large, Apache-2.0). The point at 999 per mille is placed so that
/// the published mean length comes out as nearly as the quantiles allow.
/// </remarks>
internal static class MLargeClients
{
    public static ClientProfile Profile { get; } = new("m-large",
    [
        new(
            new ClientBehaviour { Share = 0.388, Cv = 1.05, RateCv = 1.57 },
            new Quantiles(0, 73, 10, 73, 50, 74, 100, 76, 200, 129, 300, 461, 400, 557, 500, 822, 600, 852, 700, 885, 800, 1530, 900, 2372, 950, 2385, 990, 13050, 999, 13050, 1000, 24355),
            new Quantiles(0, 3, 10, 3, 50, 43, 100, 80, 200, 86, 300, 154, 400, 175, 500, 290, 600, 404, 700, 441, 800, 476, 900, 774, 950, 865, 990, 970, 999, 970, 1000, 9307)),
        new(
            new ClientBehaviour { Share = 0.152, Cv = 1.17, RateCv = 0.67 },
            new Quantiles(0, 362, 10, 362, 50, 538, 100, 559, 200, 581, 300, 604, 400, 628, 500, 658, 600, 698, 700, 764, 800, 848, 900, 1203, 950, 1217, 990, 1695, 999, 1695, 1000, 26297),
            new Quantiles(0, 2, 10, 2, 50, 2, 100, 3, 200, 3, 300, 3, 400, 3, 500, 3, 600, 8, 700, 8, 800, 85, 900, 107, 950, 217, 990, 370, 999, 1083, 1000, 2048)),
        new(
            new ClientBehaviour { Share = 0.130, Cv = 2.69, RateCv = 3.42, Weibull = true },
            new Quantiles(0, 200, 10, 200, 50, 425, 100, 564, 200, 569, 300, 573, 400, 577, 500, 582, 600, 590, 700, 815, 800, 825, 900, 836, 950, 849, 990, 1408, 999, 1408, 1000, 13025),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 15, 200, 15, 300, 15, 400, 28, 500, 37, 600, 43, 700, 51, 800, 60, 900, 76, 950, 99, 990, 233, 999, 233, 1000, 8192)),
        new(
            new ClientBehaviour { Share = 0.107, Cv = 0.93, RateCv = 0.32 },
            new Quantiles(0, 59, 10, 59, 50, 60, 100, 60, 200, 61, 300, 62, 400, 62, 500, 63, 600, 65, 700, 67, 800, 70, 900, 75, 950, 80, 990, 5257, 999, 5257, 1000, 24965),
            new Quantiles(0, 7, 10, 7, 50, 7, 100, 8, 200, 9, 300, 10, 400, 11, 500, 13, 600, 15, 700, 17, 800, 21, 900, 35, 950, 48, 990, 90, 999, 90, 1000, 9035)),
        new(
            new ClientBehaviour { Share = 0.064, Cv = 0.91, RateCv = 0.46 },
            new Quantiles(0, 150, 10, 150, 50, 151, 100, 152, 200, 155, 300, 453, 400, 570, 500, 610, 600, 637, 700, 682, 800, 719, 900, 855, 950, 934, 990, 988, 999, 988, 1000, 5469),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 1, 200, 1, 300, 1, 400, 1, 500, 1, 600, 1, 700, 20, 800, 339, 900, 401, 950, 440, 990, 523, 999, 523, 1000, 8000)),
        new(
            new ClientBehaviour { Share = 0.056, Cv = 2.15, RateCv = 1.99 },
            new Quantiles(0, 290, 10, 290, 50, 318, 100, 357, 200, 512, 300, 536, 400, 555, 500, 573, 600, 592, 700, 659, 800, 1187, 900, 1216, 950, 1230, 990, 1253, 999, 1253, 1000, 4393),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 1, 200, 1, 300, 1, 400, 2, 500, 4, 600, 6, 700, 7, 800, 9, 900, 13, 950, 30, 990, 31, 999, 31, 1000, 3955)),
        new(
            new ClientBehaviour { Share = 0.052, Cv = 1.52, RateCv = 3.15 },
            new Quantiles(0, 40, 10, 40, 50, 42, 100, 49, 200, 1252, 300, 2394, 400, 2396, 500, 2399, 600, 2401, 700, 2403, 800, 2406, 900, 2411, 950, 2417, 990, 3604, 999, 9812, 1000, 9812),
            new Quantiles(0, 22, 10, 22, 50, 47, 100, 87, 200, 95, 300, 99, 400, 104, 500, 107, 600, 111, 700, 117, 800, 126, 900, 157, 950, 249, 990, 381, 999, 381, 1000, 8192)),
        new(
            new ClientBehaviour { Share = 0.049, Cv = 0.97, RateCv = 0.94 },
            new Quantiles(0, 135, 10, 135, 50, 443, 100, 467, 200, 667, 300, 833, 400, 973, 500, 979, 600, 985, 700, 991, 800, 1477, 900, 1859, 950, 2088, 990, 3527, 999, 3527, 1000, 28278),
            new Quantiles(0, 1, 10, 1, 50, 1, 100, 15, 200, 22, 300, 34, 400, 49, 500, 68, 600, 84, 700, 100, 800, 121, 900, 150, 950, 183, 990, 304, 999, 304, 1000, 8192)),
    ]);
}
