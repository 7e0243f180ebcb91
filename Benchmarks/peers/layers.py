"""Softmax over the entries of each row, and a graph attention layer."""

import numpy as np

from task import Task


class SegmentSoftmax(Task):
    def __init__(self, request, libraries):
        super().__init__(request, libraries)
        self.a, self.x = self.matrix(), self.load("x")

    def rows(self):
        return np.repeat(np.arange(self.a.shape[0], dtype=np.int64), np.diff(self.a.indptr))

    def reference(self):
        counts = np.diff(self.a.indptr)
        starts = self.a.indptr[:-1][counts > 0]
        rows, x = np.repeat(np.arange(len(starts)), counts[counts > 0]), self.x.astype(np.float64)
        e = np.exp(x - np.maximum.reduceat(x, starts, axis=0)[rows])
        return [e / np.add.reduceat(e, starts, axis=0)[rows]]

    def peers(self):
        peers = {}
        if self.libraries.torch_geometric:
            peers |= {"pyg, by ids": self.pyg_ids, "pyg, by starts": self.pyg_starts}
        if self.libraries.dgl:
            peers["dgl"] = self.dgl
        return peers

    def kept(self, function):
        box = [None]

        def call():
            box[0] = function()

        return call, lambda: [box[0].numpy()]

    def pyg_ids(self):
        from torch_geometric.utils import softmax

        torch, nodes = self.libraries.torch, self.a.shape[0]
        x, rows = torch.from_numpy(self.x), torch.from_numpy(self.rows())
        return self.kept(lambda: softmax(x, rows, num_nodes=nodes))

    def pyg_starts(self):
        from torch_geometric.utils import softmax

        torch = self.libraries.torch
        x, starts = torch.from_numpy(self.x), torch.from_numpy(self.a.indptr.astype(np.int64))
        return self.kept(lambda: softmax(x, ptr=starts))

    def dgl(self):
        from dgl.nn.functional import edge_softmax

        graph, x = self.dgl_graph(self.a), self.libraries.torch.from_numpy(self.x)
        return self.kept(lambda: edge_softmax(graph, x))


class GraphAttention(Task):
    """One layer, forward and backward: outputs and the gradients of inputs, weight, both attention vectors and bias."""

    SLOPE = 0.2

    def __init__(self, request, libraries):
        super().__init__(request, libraries)
        self.a = self.matrix()
        self.parts = [self.load(name) for name in ("x", "weight", "source", "target", "bias")]
        self.dz = self.load("dz")

    def edges(self):
        """Sources and targets; the graph has its self-loops already."""
        rows = np.repeat(np.arange(self.a.shape[0], dtype=np.int64), np.diff(self.a.indptr))
        return self.libraries.torch.from_numpy(np.stack([self.a.indices.astype(np.int64), rows]))

    def reference(self):
        torch = self.libraries.torch
        columns, rows = self.edges()
        leaves = [torch.from_numpy(part).double().requires_grad_() for part in self.parts]
        x, weight, source, target, bias = leaves
        nodes, (heads, width) = self.a.shape[0], source.shape
        u = (x @ weight).view(nodes, heads, width)
        logits = torch.nn.functional.leaky_relu(
            (u * source).sum(-1)[columns] + (u * target).sum(-1)[rows], self.SLOPE)
        ids = rows[:, None].expand(-1, heads)
        largest = torch.full((nodes, heads), -torch.inf).double().scatter_reduce(0, ids, logits.detach(), "amax")
        e = (logits - largest[rows]).exp()
        p = e / torch.zeros(nodes, heads).double().index_add(0, rows, e)[rows]
        z = torch.zeros(nodes, heads, width).double().index_add(0, rows, p[:, :, None] * u[columns])
        z = z.view(nodes, -1) + bias
        z.backward(torch.from_numpy(self.dz).double())
        return [z.detach().numpy()] + [leaf.grad.numpy() for leaf in leaves]

    def checks_ours(self):
        return bool(self.libraries.torch)

    def peers(self):
        return {"pyg GATConv": self.pyg} if self.libraries.torch_geometric else {}

    def pyg(self):
        from torch_geometric.nn import GATConv

        torch, edges = self.libraries.torch, self.edges()
        x, weight, source, target, bias = [torch.from_numpy(part) for part in self.parts]
        heads, width = source.shape
        layer = GATConv(x.shape[1], width, heads=heads, negative_slope=self.SLOPE, add_self_loops=False)
        with torch.no_grad():
            layer.lin.weight.copy_(weight.T)
            layer.att_src.copy_(source[None])
            layer.att_dst.copy_(target[None])
            layer.bias.copy_(bias)
        x.requires_grad_()
        leaves = [x, layer.lin.weight, layer.att_src, layer.att_dst, layer.bias]
        dz, box = torch.from_numpy(self.dz), [None]

        def call():
            z = layer(x, edges)
            box[0] = (z.detach(), torch.autograd.grad(z, leaves, dz))

        def result():
            z, (dx, dweight, dsource, dtarget, dbias) = box[0]
            return [array.numpy() for array in (z, dx, dweight.T, dsource[0], dtarget[0], dbias)]

        return call, result


TASKS = {"softmax": SegmentSoftmax, "gat": GraphAttention}
