using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Svg;
using LlmSim.Charts.Svg.Drawers;

namespace LlmSim.Charts.Tests.Svg;

public class PolylineTests
{
    [Fact]
    public void Thinning_keeps_the_lowest_and_highest_of_every_pixel_column() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 3000).Two().ListOf()), raw =>
        {
            var points = raw.Select(p => (X: p.Item1 / 100.0, Y: (double)p.Item2)).OrderBy(p => p.X).ToList();
            var thinned = Polyline.Thin(points);
            foreach (var column in points.GroupBy(p => Math.Floor(p.X)))
            {
                var kept = thinned.Where(p => Math.Floor(p.X) == column.Key).ToList();
                Assert.InRange(kept.Count, 1, 4);
                Assert.Equal(column.Min(p => p.Y), kept.Min(p => p.Y));
                Assert.Equal(column.Max(p => p.Y), kept.Max(p => p.Y));
                Assert.Equal(column.First(), kept[0]);
                Assert.Equal(column.Last(), kept[^1]);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void End_labels_keep_their_distance_their_order_and_their_bounds() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 500).Select(i => (double)i).ArrayOf(20)), Arb.From(Gen.Choose(1, 20)), (all, count) =>
        {
            var wanted = all.Take(count).Order().ToArray();
            var heights = EndLabelColumn.Spread(wanted, 20, 0, 500);
            Assert.Equal(wanted.Length, heights.Length);
            for (var i = 1; i < heights.Length; i++) Assert.True(heights[i] - heights[i - 1] >= 20 - 1e-9);
            Assert.InRange(heights[0], -1e-9, 500);
            Assert.InRange(heights[^1], 0, 500 + 1e-9);
            // A label whose neighbours are far away does not move.
            for (var i = 0; i < wanted.Length; i++)
            {
                if ((i == 0 || wanted[i] - wanted[i - 1] > 450) && (i == wanted.Length - 1 || wanted[i + 1] - wanted[i] > 450)) Assert.Equal(wanted[i], heights[i], 9);
            }
        }).QuickCheckThrowOnFailure();
}
