using LlmSim.Files;
using LlmSim.Fitting.Validation;

namespace LlmSim.Fitting.Tests;

public sealed class ResultTablesTests
{
    [Fact]
    public void Tables_are_replaced_between_the_comments_and_nowhere_else()
    {
        var path = Path.Combine(Path.GetTempPath(), $"llmsim-{Guid.NewGuid():N}.md");
        try
        {
            File.WriteAllText(path, "# Title\n\n<!-- results -->\nold\n<!-- /results -->\n\nrest\n");
            ResultTables.Replace(path, "### new\n");
            Assert.Equal("# Title\n\n<!-- results -->\n\n### new\n\n<!-- /results -->\n\nrest\n", File.ReadAllText(path));
            File.WriteAllText(path, "a\n<!-- results -->\n\n### one\n\n1\n\n### two\n\n2\n\n<!-- /results -->\nz\n");
            ResultTables.Replace(path, "### two\n\nII\n\n### three\n\nIII\n", partly: true);
            Assert.Equal("a\n<!-- results -->\n\n### one\n\n1\n\n### two\n\nII\n\n### three\n\nIII\n\n<!-- /results -->\nz\n", File.ReadAllText(path));
            File.WriteAllText(path, "<!-- /results -->\n<!-- results -->\n");
            Assert.Throws<InputException>(() => ResultTables.Replace(path, "x"));
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Throws<InputException>(() => ResultTables.Replace(path, "x"));
    }
}
