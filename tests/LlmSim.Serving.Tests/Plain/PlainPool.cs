namespace LlmSim.Serving.Tests.Plain;

/// <summary>KV blocks one by one, each with a number: an LRU free list, reference counts, and a table from keys to the blocks that hold them.</summary>
internal sealed class PlainPool
{
    private readonly LinkedList<int> _free = new();
    private readonly int[] _references;
    private readonly (long, long, int)?[] _keys;
    private readonly Dictionary<(long, long, int), List<int>> _byKey = [];

    public PlainPool(int blocks)
    {
        for (var i = 0; i < blocks; i++) _free.AddLast(i);
        _references = new int[blocks];
        _keys = new (long, long, int)?[blocks];
    }

    public int Free => _free.Count;

    public bool IsFree(int block) => _references[block] == 0;

    public int? Find((long, long, int) key) => _byKey.TryGetValue(key, out var blocks) && blocks.Count > 0 ? blocks[0] : null;

    public int References(int block) => _references[block];

    /// <summary>Drops a block's key if no other request can know it.</summary>
    public void ForgetIfPrivate(int block)
    {
        if (_keys[block] is (-1, _, _)) Forget(block);
    }

    public void Touch(int block)
    {
        if (_references[block]++ == 0) _free.Remove(block);
    }

    public int Take()
    {
        var block = _free.First!.Value;
        _free.RemoveFirst();
        Forget(block);
        _references[block] = 1;
        return block;
    }

    public void Name(int block, (long, long, int) key)
    {
        if (_keys[block] is not null) return;
        _keys[block] = key;
        if (!_byKey.TryGetValue(key, out var blocks)) _byKey.Add(key, blocks = []);
        blocks.Add(block);
    }

    public void Forget(int block)
    {
        if (_keys[block] is not { } key) return;
        _byKey[key].Remove(block);
        _keys[block] = null;
    }

    /// <summary>Drops the private keys of a request from blocks that nobody uses.</summary>
    public void ForgetPrivate(long request)
    {
        for (var block = 0; block < _keys.Length; block++)
            if (_references[block] == 0 && _keys[block] is (-1, var owner, _) && owner == request) Forget(block);
    }

    public void Release(List<int> blocks)
    {
        for (var i = blocks.Count - 1; i >= 0; i--)
            if (--_references[blocks[i]] == 0) _free.AddLast(blocks[i]);
        blocks.Clear();
    }
}
