using System.Globalization;

namespace LlmSim.Graphs.Symbols;

/// <summary>
/// Reads the expressions that exporters write as dim_param: sums, products, quotients and the functions that PyTorch's and SymPy's
/// printers use. What does not read as an expression is a symbol of that name, for a dim_param may be any text.
/// </summary>
internal ref struct DimParser
{
    private const int MaxLength = 512;
    private const int MaxNesting = 24;

    private readonly ReadOnlySpan<char> _text;
    private int _position;
    private int _nesting;
    private bool _failed;

    private DimParser(ReadOnlySpan<char> text) => _text = text;

    public static Dim Parse(string text)
    {
        if (text.Length > MaxLength || IsName(text)) return Dim.Symbol(text);
        var parser = new DimParser(text);
        // A size is whole: a quotient that is left over is one that comes out even, or that the exporter rounds down.
        var dim = parser.Sum().Floor;
        parser.SkipSpace();
        return parser._failed || parser._position < text.Length || dim.IsUnknown ? Dim.Symbol(text) : dim;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || char.IsAsciiDigit(text[0])) return false;
        foreach (var c in text)
            if (!IsNamePart(c)) return false;
        return true;
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or ':' or '$' or '#' or '@' or '?';

    private Ratio Sum()
    {
        var negative = Take('-');
        var sum = Product();
        if (negative) sum = -sum;
        while (!_failed)
        {
            if (Take('+')) sum += Product();
            else if (Take('-')) sum -= Product();
            else break;
        }

        return sum;
    }

    private Ratio Product()
    {
        var product = Power();
        while (!_failed)
        {
            if (Take('*')) product *= Power();
            else if (Take('/'))
            {
                var down = Take('/');
                product /= Power();
                if (down) product = product.Floor;
            }
            else if (Take('%')) product = Dim.Mod(Whole(product), Whole(Power()));
            else break;
        }

        return product;
    }

    private Ratio Power()
    {
        var value = Factor();
        SkipSpace();
        if (_failed || !Peek('*') || !Peek('*', 1)) return value;
        _position += 2;
        var exponent = Whole(Factor());
        if (!exponent.IsConstant || exponent.Constant is < 0 or > Polynomial.MaxDegree) return Fail();
        Ratio power = Dim.One;
        for (var i = 0; i < exponent.Constant; i++) power *= value;
        return power;
    }

    private Ratio Factor()
    {
        SkipSpace();
        if (++_nesting > MaxNesting || _position >= _text.Length) return Fail();
        Ratio value;
        if (Take('('))
        {
            value = Sum();
            if (!Take(')')) return Fail();
        }
        else if (Take('-')) value = -Factor();
        else if (char.IsAsciiDigit(_text[_position])) value = Number();
        else value = NameOrCall();
        _nesting--;
        return value;
    }

    private Ratio Number()
    {
        var start = _position;
        while (_position < _text.Length && char.IsAsciiDigit(_text[_position])) _position++;
        if (_position < _text.Length && IsNamePart(_text[_position])) return Fail();
        return long.TryParse(_text[start.._position], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? Dim.Of(value) : Fail();
    }

    private Ratio NameOrCall()
    {
        var start = _position;
        while (_position < _text.Length && IsNamePart(_text[_position])) _position++;
        if (_position == start) return Fail();
        var name = _text[start.._position];
        if (!Take('(')) return Dim.Symbol(name.ToString());

        var value = Sum();
        if (name is "floor" or "TruncToInt") value = value.Floor;
        else if (name is "ceiling" or "ceil" or "CeilToInt") value = value.Ceiling;
        else
        {
            if (!Take(',')) return Fail();
            do value = Combine(name, value, Sum());
            while (!_failed && Take(','));
        }

        return Take(')') ? value : Fail();
    }

    private Ratio Combine(ReadOnlySpan<char> name, Ratio a, Ratio b) => name switch
    {
        "Max" or "max" => Dim.Max(Whole(a), Whole(b)),
        "Min" or "min" => Dim.Min(Whole(a), Whole(b)),
        "Mod" or "mod" or "PythonMod" => Dim.Mod(Whole(a), Whole(b)),
        "IntTrueDiv" => a / b,
        "FloorDiv" or "CleanDiv" => (a / b).Floor,
        "CeilDiv" => (a / b).Ceiling,
        _ => Fail(),
    };

    private Dim Whole(Ratio value) => value.IsWhole ? value.Numerator : Fail().Numerator;

    private Ratio Fail()
    {
        _failed = true;
        _position = _text.Length;
        return Ratio.Unknown;
    }

    private bool Take(char c)
    {
        SkipSpace();
        if (!Peek(c)) return false;
        // "**" is power, not product.
        if (c == '*' && Peek('*', 1)) return false;
        _position++;
        return true;
    }

    private readonly bool Peek(char c, int ahead = 0) => _position + ahead < _text.Length && _text[_position + ahead] == c;

    private void SkipSpace()
    {
        while (_position < _text.Length && _text[_position] is ' ' or '\t') _position++;
    }
}
