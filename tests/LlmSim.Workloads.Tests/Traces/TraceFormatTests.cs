using System.IO.Compression;
using System.Text;
using LlmSim.Files;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Tests.Traces;

public sealed class TraceFormatTests
{
    public static TheoryData<string, string, string> Samples => new()
    {
        { "azure", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:05.4799601,3180,8\n", "0 4808 10|1500000100 3180 8" },
        { "azure", "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2024-05-10 23:59:59.5+00:00,10,1\r\n2024-05-11 00:00:00.009930+00:00,11,2\r\n", "0 10 1|509930000 11 2" },
        { "burstgpt", "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,7,0.1,GPT-4,472,18,490,Conversation log\n6,7,0.1,GPT-4,9,0,9,Conversation log\n45,,1,ChatGPT,1087,230,1317,API log\n", "5000000000 472 18|45000000000 1087 230" },
        { "burstgpt", "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5.25,GPT-4,472,18,490,Conversation log\n", "5250000000 472 18" },
        { "vidur", "arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,374,44\n4.314579,396,109\n", "0 374 44|4314579000 396 109" },
        { "lengths", "num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n74,918,992,0.08\n", "-1 74 918" },
        { "splitwise", "request_id,request_type,application_id,arrival_timestamp,batch_size,prompt_size,token_size\n0,2,0,1,1,4096,32\n", "1000000000 4096 32" },
        { "apex", "StartTimeOffset,ContextTokens,GeneratedTokens\n618518000,304,822\n", "618518000 304 822" },
        { "llmsim", "arrival_s,context_tokens,generated_tokens\n0.618518,304,822\n", "618518000 304 822" },
        { "llmsim", "id,arrival_s,prompt_tokens,output_tokens,status\n0,1e-3,5,6,finished\n", "1000000 5 6" },
        { "mooncake", "{\"timestamp\": 27482, \"input_length\": 6955, \"output_length\": 52, \"hash_ids\": [46, 47]}\n\n", "27482000000 6955 52" },
        { "dynamo", "{\"session_id\":\"a\",\"timestamp\":1.5,\"input_length\":10,\"output_length\":5}\n", "1500000 10 5" },
        { "llmservingsim", "{\"input_toks\":25,\"output_toks\":6,\"arrival_time_ns\":46926808,\"hash_ids\":[0]}\n", "46926808 25 6" },
        { "distserve", "[\n  {\"start_time\": 0.5, \"prompt_len\": 100, \"output_len\": 20},\n  {\"start_time\": 1, \"prompt_len\": 3, \"output_len\": 4, \"x\": {\"y\": [\"]}\\\"\"]}}\n]\n", "500000000 100 20|1000000000 3 4" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Each_format_is_recognised_and_read(string format, string text, string expected)
    {
        foreach (var compressed in new[] { false, true })
        {
            using var file = new TemporaryFile(text, compressed);
            using var reader = TraceReader.Open(file.Path);
            Assert.Equal(format, reader.Format.Name);
            var rows = new List<string>();
            while (reader.Read(out var row)) rows.Add($"{row.ArrivalNanoseconds} {row.PromptTokens} {row.OutputTokens}");
            Assert.Equal(expected, string.Join("|", rows));
        }
    }

    [Fact]
    public void Every_format_has_a_sample_above() =>
        Assert.Equal(TraceFormats.All.Select(f => f.Name).Order(), Samples.Select(s => (string)((object[])s)[0]).Distinct().Order());

    [Fact]
    public void Mooncake_blocks_stand_for_512_tokens_unless_told_otherwise()
    {
        using var file = new TemporaryFile("{\"timestamp\":0,\"input_length\":600,\"output_length\":5,\"hash_ids\":[46,47]}");
        using var reader = TraceReader.Open(file.Path);
        Assert.True(reader.Read(out var row));
        Assert.Equal([46, 47], row.PrefixBlocks.ToArray());
        Assert.Equal(512, row.PrefixBlockTokens);
        using var other = TraceReader.Open(file.Path, new TraceOptions { HashBlockTokens = 64 });
        other.Read(out row);
        Assert.Equal(64, row.PrefixBlockTokens);
    }

    [Fact]
    public void All_bad_rows_are_told_at_once_with_line_column_and_value()
    {
        using var file = new TemporaryFile(
            "arrival_s,prompt_tokens,output_tokens\n0,5,6\n-1,5,6\nNaN,5,6\n3,0,6\n4,5,0\n5,x,6\n2,5,6\n,5,6\n9,5\n10,5,6.5\n11,99999999,1\n12,5,6\n");
        using var reader = TraceReader.Open(file.Path);
        var e = Assert.Throws<InputException>(() =>
        {
            while (reader.Read(out _))
            {
            }
        });
        Assert.Equal([3, 4, 5, 6, 7, 9, 10, 11, 12], e.Errors.Items.Select(i => i.Line).Distinct());
        Assert.All(e.Errors.Items, i => Assert.Equal(file.Path, i.File));
        Assert.Contains(e.Errors.Items, i => i.Line == 7 && i.Member == "prompt_tokens" && i.Problem.Contains("\"x\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_out_of_order_are_refused()
    {
        using var file = new TemporaryFile("arrival_s,prompt_tokens,output_tokens\n5,5,6\n4.5,5,6\n6,5,6\n");
        using var reader = TraceReader.Open(file.Path);
        Assert.True(reader.Read(out _));
        var e = Assert.Throws<InputException>(() => reader.Read(out _));
        var error = Assert.Single(e.Errors.Items);
        Assert.Equal(3, error.Line);
        Assert.Contains("0.5 s before", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_rows_can_be_skipped_and_are_counted()
    {
        using var file = new TemporaryFile("{\"timestamp\":0,\"input_length\":6,\"output_length\":5}\n{broken\n[1]\n7\n{\"timestamp\":5,\"input_length\":6}\n{\"timestamp\":9,\"input_length\":6,\"output_length\":5}\n");
        using var reader = TraceReader.Open(file.Path, new TraceOptions { SkipBadRows = true });
        var read = 0;
        while (reader.Read(out _)) read++;
        Assert.Equal(2, read);
        Assert.Equal(4, reader.SkippedRows);
    }

    [Fact]
    public void Failed_requests_of_a_trace_are_left_out_and_counted()
    {
        using var file = new TemporaryFile("Timestamp,Request tokens,Response tokens\n1,5,0\n2,5,1\n");
        using var reader = TraceReader.Open(file.Path);
        Assert.True(reader.Read(out var row));
        Assert.Equal(2_000_000_000, row.ArrivalNanoseconds);
        Assert.False(reader.Read(out _));
        Assert.Equal(1, reader.FailedRows);
        Assert.Equal(0, reader.SkippedRows);
    }

    [Fact]
    public void An_error_in_a_long_file_is_capped()
    {
        var text = new StringBuilder("arrival_s,prompt_tokens,output_tokens\n");
        for (var i = 0; i < 1000; i++) text.Append(i).Append(",0,0\n");
        using var file = new TemporaryFile(text.ToString());
        using var reader = TraceReader.Open(file.Path);
        var e = Assert.Throws<InputException>(() => reader.Read(out _));
        Assert.Equal(InputErrors.Limit, e.Errors.Items.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b,c\n1,2,3\n")]
    [InlineData("\u0000\u0001\u0002")]
    public void An_unknown_file_names_the_formats(string text)
    {
        using var file = new TemporaryFile(text);
        var e = Assert.Throws<InputException>(() => TraceReader.Open(file.Path));
        Assert.Contains("mooncake", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_format_tells_the_columns_it_misses()
    {
        using var file = new TemporaryFile("a,b,c\n1,2,3\n");
        var e = Assert.Throws<InputException>(() => TraceReader.Open(file.Path, new TraceOptions { Format = "vidur" }));
        Assert.Equal(3, e.Errors.Items.Count);
        e = Assert.Throws<InputException>(() => TraceReader.Open(file.Path, new TraceOptions { Format = "vidurr" }));
        Assert.Contains("did you mean vidur", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_input_error() => Assert.Throws<InputException>(() => TraceReader.Open("/nowhere/at/all.csv"));

    [Fact]
    public void A_line_without_end_is_refused_before_it_fills_the_memory()
    {
        using var file = new TemporaryFile("{\"timestamp\":0,\"input_length\":1,\"output_length\":1,\"hash_ids\":[" + new string('1', 17 << 20));
        using var reader = TraceReader.Open(file.Path);
        Assert.Throws<InputException>(() => reader.Read(out _));
    }

    [Fact]
    public void A_truncated_gzip_is_an_input_error()
    {
        using var whole = new MemoryStream();
        using (var gzip = new GZipStream(whole, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes("arrival_s,prompt_tokens,output_tokens\n" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i},{i % 97 + 1},{i * 7919 % 1009 + 1}\n"))));
        using var file = new TemporaryFile("");
        File.WriteAllBytes(file.Path, whole.ToArray()[..(int)(whole.Length / 2)]);
        var e = Record.Exception(() =>
        {
            using var reader = TraceReader.Open(file.Path);
            while (reader.Read(out _))
            {
            }
        });
        // .NET ends a cut gzip stream quietly or with an error, depending on where it was cut; what must not happen is any other exception.
        Assert.True(e is null or InputException, e?.ToString());
    }

    [SharedFact]
    public void The_Azure_reader_agrees_with_the_same_trace_in_Vidurs_format()
    {
        foreach (var (azure, vidur, count) in new[]
        {
            ("AzureLLMInferenceTrace_conv.csv.gz", "splitwise_conv.csv", 19366), ("AzureLLMInferenceTrace_code.csv", "splitwise_code.csv", 8819),
        })
        {
            using var a = TraceReader.Open(SharedData.Path("data/traces/azure2023/" + azure));
            using var b = TraceReader.Open(SharedData.Path("data/traces/vidur/" + vidur));
            var rows = 0;
            while (a.Read(out var left))
            {
                Assert.True(b.Read(out var right));
                Assert.Equal((left.PromptTokens, left.OutputTokens), (right.PromptTokens, right.OutputTokens));
                Assert.InRange(left.ArrivalNanoseconds - right.ArrivalNanoseconds, -1000, 1000);
                rows++;
            }

            Assert.Equal(count, rows);
        }
    }

    [SharedTheory]
    [InlineData("mooncake/conversation_trace.jsonl.gz", "mooncake", 12031)]
    [InlineData("mooncake/synthetic_trace.jsonl.gz", "mooncake", 3993)]
    [InlineData("llmservingsim/sharegpt-llama-3.1-8b-300-sps10.hashed.jsonl", "llmservingsim", 300)]
    [InlineData("llmservingsim/workload_me2_01_mixed.jsonl", "llmservingsim", 608)]
    [InlineData("sharegpt/sharegpt_8k_filtered_stats_llama2_tokenizer.csv.gz", "lengths", 30731)]
    [InlineData("splitwise/test_trace.csv", "splitwise", 3)]
    [InlineData("apex/lmsys_05.lengths.csv", "llmsim", 1024)]
    public void Public_traces_are_read_to_the_end(string path, string format, int rows)
    {
        using var reader = TraceReader.Open(SharedData.Path("data/traces/" + path));
        Assert.Equal(format, reader.Format.Name);
        var read = 0;
        while (reader.Read(out _)) read++;
        // The manifest counts line breaks; some files lack the last one.
        Assert.InRange(read, rows, rows + 1);
    }
}
