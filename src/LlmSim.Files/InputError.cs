namespace LlmSim.Files;

/// <summary>One thing that is wrong with what a user gave, and what to do about it.</summary>
/// <param name="File">The file, or the option on the command line ("--batch").</param>
/// <param name="Line">Line in the file, from 1; 0 where lines mean nothing.</param>
/// <param name="Member">The member, column, node or tensor ("machine.tensorParallel"); empty when the whole file is meant.</param>
/// <param name="Problem">What is wrong, with the value: "-3 is below 1".</param>
/// <param name="Remedy">What to write instead; empty when the problem says it.</param>
public sealed record InputError(string File, int Line, string Member, string Problem, string Remedy = "")
{
    /// <summary>One line for people: <c>file:line: member: problem; remedy</c>.</summary>
    public override string ToString()
    {
        var place = Line > 0 ? $"{File}:{Line}" : File;
        var member = Member.Length > 0 ? $"{Member}: " : "";
        var remedy = Remedy.Length > 0 ? $"; {Remedy}" : "";
        return $"{place}: {member}{Problem}{remedy}";
    }
}
