using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public sealed class GemmTimeTests
{
    private static readonly GemmDevice s_device = new(989.5e12, 3.35e12, 132, WholeWaves: false);
    private static readonly GemmDevice s_waves = new(503.8e12, 1.597e12, 188, WholeWaves: true);
    private static readonly GemmConstants s_constants = new(0.95, 0.88, 1.5e-6, 2.7e-6, 0.8, 0.9, 0.4, 5e-10, 8, 4, 1e-9, 1.8, 0.2);

    private static double Seconds(double m, double n, double k, in GemmConstants c, in GemmDevice device, double bytes = 2) =>
        GemmTime.Seconds(new GemmShape(m, n, k, bytes, bytes), device, c, 0, out _, out _);

    [Fact]
    public void More_of_anything_never_takes_much_less()
    {
        foreach (var device in new[] { s_device, s_waves })
        {
            foreach (var c in new[] { s_constants, s_constants with { MaxSplits = 1, Tiles = 7, QuantizeSeconds = 4e-6 } })
            {
                foreach (var (n, k) in new[] { (512.0, 512.0), (4096, 4096), (28672, 8192) })
                {
                    for (double m = 1; m < 40000; m *= 2)
                    {
                        var one = Seconds(m, n, k, c, device);
                        Assert.True(double.IsFinite(one) && one > 0);
                        // Another tile or split may fit twice the work a little better.
                        foreach (var twice in new[] { Seconds(2 * m, n, k, c, device), Seconds(m, 2 * n, k, c, device), Seconds(m, n, 2 * k, c, device) })
                            Assert.True(twice >= 0.97 * one, $"{m} {n} {k}");
                    }
                }
            }
        }
    }

    [Fact]
    public void A_large_product_reaches_its_efficiency_less_what_the_power_limit_takes()
    {
        var constants = s_constants with { TileSeconds = 1e-8, ResultSpeed = 100, SmallTilePenalty = 1e-3, PowerPenalty = 1e-3 };
        var free = Seconds(32768, 32768, 32768, constants, s_device);
        Assert.InRange(2 * Math.Pow(32768, 3) / (989.5e12 * 0.95) / free, 0.97, 1);
        Assert.InRange(Seconds(32768, 32768, 32768, constants with { PowerPenalty = 0.3 }, s_device) / free, 1.25, 1.3);
        // Memory-bound, the matrix units rest and the clock stays up.
        Assert.Equal(1, Seconds(8, 8192, 8192, constants with { PowerPenalty = 0.3 }, s_device) / Seconds(8, 8192, 8192, constants, s_device), 0.01);
    }

    [Fact]
    public void Results_leave_at_their_speed_and_quantising_starts_once()
    {
        var slow = Seconds(16384, 16384, 512, s_constants with { ResultSpeed = 0.2, PowerPenalty = 1e-3 }, s_device);
        var fast = Seconds(16384, 16384, 512, s_constants with { ResultSpeed = 100, PowerPenalty = 1e-3 }, s_device);
        Assert.Equal(2 * 16384.0 * 16384 / 3.35e12 * (1 / 0.2 - 1 / 100.0), slow - fast, 0.15 * (slow - fast));

        var eight = s_constants with { MaxSplits = 1, Tiles = 7 };
        Assert.Equal(4e-6 - 1e-9, Seconds(64, 4096, 4096, eight with { QuantizeSeconds = 4e-6 }, s_device, 1) - Seconds(64, 4096, 4096, eight, s_device, 1), 1e-10);
        Assert.Equal(Seconds(64, 4096, 4096, eight, s_device), Seconds(64, 4096, 4096, eight with { QuantizeSeconds = 4e-6 }, s_device), 1e-12);
    }

    [Fact]
    public void Tiles_for_few_rows_help_where_a_kernel_cannot_split()
    {
        // The library takes the best of its tiles: more to choose from never costs time.
        var four = s_constants with { MaxSplits = 1, Tiles = 4 };
        Assert.True(Seconds(16, 1024, 4096, four with { Tiles = 7 }, s_device) <= Seconds(16, 1024, 4096, four, s_device));
        Assert.True(Seconds(16, 1024, 4096, four with { Tiles = 1 }, s_device) >= Seconds(16, 1024, 4096, four, s_device));
    }

    [Theory]
    [InlineData(16, 8192, 16, 64)]
    [InlineData(16, 16384, 16, 128)]
    [InlineData(16, 16385, 32, 64)]
    [InlineData(17, 8192, 32, 64)]
    [InlineData(32, 8193, 32, 128)]
    [InlineData(33, 8192, 64, 64)]
    [InlineData(64, 12288, 64, 128)]
    [InlineData(64, 65536, 64, 64)]
    [InlineData(65, 4096, 64, 128)]
    [InlineData(128, 10240, 128, 128)]
    [InlineData(128, 65536, 128, 64)]
    [InlineData(129, 4096, 64, 128)]
    [InlineData(256, 4097, 128, 128)]
    [InlineData(257, 4096, 128, 128)]
    [InlineData(257, 4097, 256, 128)]
    [InlineData(32768, 8192, 256, 128)]
    [InlineData(32768, 8193, 128, 128)]
    public void On_Ada_rows_and_outputs_choose_the_tile(double rows, double outputs, double tileRows, double tileOutputs) =>
        Assert.Equal((tileRows, tileOutputs), AdaTiles.For(rows, outputs));

    [Fact]
    public void A_second_wave_of_the_tile_that_was_chosen_takes_as_long_as_the_first()
    {
        // Measured on an L40S, 2,048 deep: 49 and 124 us. Smaller tiles would have needed 1.13 and 2.25 waves instead of one and two.
        var ada = new GemmDevice(733e12, 864e9, 142, WholeWaves: true);
        var chosen = s_constants with { MaxSplits = 1, Tiles = GemmTime.ChosenByTable };
        Assert.InRange(Seconds(1024, 5120, 2048, chosen, ada, 1) / Seconds(512, 5120, 2048, chosen, ada, 1), 1.8, 2.1);
    }

    [Fact]
    public void Few_tiles_write_their_results_sooner_than_many()
    {
        // 66 tiles on 132 multiprocessors, then 132: one wave each.
        var slow = s_constants with { MaxSplits = 1, Tiles = 1, TileSeconds = 1e-8, StartSeconds = 1e-8, ResultSpeed = 0.05 };
        var fast = slow with { ResultSpeed = 100 };
        double Ending(double n) => Seconds(128, n, 512, slow, s_device) - Seconds(128, n, 512, fast, s_device);
        Assert.InRange(Ending(132 * 128) / Ending(66 * 128), 1.8, 2.2);
    }
}
