"""A training step of a two-layer GCN over the whole graph: forward, backward, Adam, dropout of features and hidden
units.

Compared is one pass without dropout before any step: the loss and the gradients of both weights and biases.
"""

import numpy as np
import scipy.sparse

from task import Task

RATE, DECAY, DROPOUT = 0.01, 5e-4, 0.5


class GCNStep(Task):
    def __init__(self, request, libraries):
        super().__init__(request, libraries)
        pattern = self.matrix()  # with self-loops
        scale = np.diff(pattern.indptr).astype(np.float64) ** -0.5
        ones = scipy.sparse.csr_matrix(
            (np.ones(pattern.nnz), pattern.indices, pattern.indptr), shape=pattern.shape)
        diagonal = scipy.sparse.diags(scale)
        self.a = (diagonal @ ones @ diagonal).tocsr()
        self.parameters = [self.load(name) for name in ("weight0", "bias0", "weight1", "bias1")]
        self.labels, self.rows = self.load("labels").astype(np.int64), self.load("rows").astype(np.int64)
        self.is_sparse = self.has("x_indptr")
        if self.is_sparse:
            indptr, indices, values = (self.load("x_" + name) for name in ("indptr", "indices", "values"))
            shape = (pattern.shape[0], self.parameters[0].shape[0])
            self.x = scipy.sparse.csr_matrix((values, indices, indptr.astype(np.int32)), shape=shape)
        else:
            self.x = self.load("x")

    def logits(self, x, propagate, parameters):
        """Without dropout; `propagate` is a product with the normalised adjacency."""
        w0, b0, w1, b1 = parameters
        hidden = (propagate(x(w0)) + b0).relu()
        return propagate(hidden @ w1) + b1

    def loss(self, logits):
        torch = self.libraries.torch
        rows, labels = torch.from_numpy(self.rows), torch.from_numpy(self.labels)
        return torch.nn.functional.cross_entropy(logits[rows], labels[rows])

    def reference(self):
        torch = self.libraries.torch
        parameters = [torch.from_numpy(part).double().requires_grad_() for part in self.parameters]
        coo = self.a.tocoo()
        a = torch.sparse_coo_tensor(
            torch.from_numpy(np.stack([coo.row, coo.col]).astype(np.int64)), torch.from_numpy(coo.data), coo.shape)
        x = torch.from_numpy((self.x.toarray() if self.is_sparse else self.x).astype(np.float64))
        loss = self.loss(self.logits(lambda w: x @ w, lambda h: torch.sparse.mm(a, h), parameters))
        return [np.array([loss.item()])] + [g.numpy() for g in torch.autograd.grad(loss, parameters)]

    def checks_ours(self):
        return bool(self.libraries.torch)

    def peers(self):
        if not self.libraries.torch:
            return {}
        peers = {"torch csr": self.csr} if self.is_sparse else {}
        peers["torch csr, dense x"] = self.dense
        if self.libraries.torch_geometric:
            peers["pyg GCNConv"] = self.pyg
        return peers

    def product(self, matrix):
        """A product with a constant matrix whose backward uses a transpose made beforehand: torch's own makes it anew
        in each step."""
        torch = self.libraries.torch
        forward = self.torch_csr(matrix.astype(np.float32))
        backward = self.torch_csr(matrix.T.tocsr().astype(np.float32))

        class Product(torch.autograd.Function):
            @staticmethod
            def forward(ctx, h):
                return forward @ h

            @staticmethod
            def backward(ctx, dy):
                return backward @ dy

        return Product.apply

    def sparse_features(self):
        """x times a weight with dropout over the entries of x."""
        torch, matrix = self.libraries.torch, self.x
        places = scipy.sparse.csr_matrix(
            (np.arange(matrix.nnz, dtype=np.int64), matrix.indices, matrix.indptr), shape=matrix.shape)
        transposed = places.T.tocsr()
        order = torch.from_numpy(transposed.data)
        x, xt = self.torch_csr(matrix), self.torch_csr(transposed, torch.zeros(matrix.nnz))
        starts, columns, values = x.crow_indices(), x.col_indices(), x.values()
        starts_t, columns_t = xt.crow_indices(), xt.col_indices()

        class Product(torch.autograd.Function):
            @staticmethod
            def forward(ctx, weight, kept):
                ctx.kept = kept
                return torch.sparse_csr_tensor(starts, columns, kept, size=x.shape) @ weight

            @staticmethod
            def backward(ctx, dy):
                kept = ctx.kept[order]
                return torch.sparse_csr_tensor(starts_t, columns_t, kept, size=xt.shape) @ dy, None

        def times(weight, training):
            return Product.apply(weight, torch.nn.functional.dropout(values, DROPOUT, training))

        return times

    def csr(self):
        return self.step(self.sparse_features())

    def dense(self):
        torch = self.libraries.torch
        x = torch.from_numpy(self.x.toarray() if self.is_sparse else self.x)
        return self.step(lambda w, training: torch.nn.functional.dropout(x, DROPOUT, training) @ w)

    def step(self, times):
        torch = self.libraries.torch
        dropout, propagate = torch.nn.functional.dropout, self.product(self.a)
        parameters = [torch.from_numpy(part.copy()).requires_grad_() for part in self.parameters]

        def forward(training):
            w0, b0, w1, b1 = parameters
            hidden = dropout((propagate(times(w0, training)) + b0).relu(), DROPOUT, training)
            return propagate(hidden @ w1) + b1

        return self.trained(forward, parameters)

    def pyg(self):
        torch = self.libraries.torch
        from torch_geometric.nn import GCNConv

        x = torch.from_numpy(self.x.toarray() if self.is_sparse else self.x)
        coo = self.a.tocoo()
        edges = torch.from_numpy(np.stack([coo.col, coo.row]).astype(np.int64))
        # The normalised weights are given, as `cached` would keep them.
        weights = torch.from_numpy(coo.data.astype(np.float32))
        w0, b0, w1, b1 = [torch.from_numpy(part.copy()) for part in self.parameters]
        layers = [GCNConv(*w.shape, normalize=False) for w in (w0, w1)]
        with torch.no_grad():
            for layer, w, b in zip(layers, (w0, w1), (b0, b1)):
                layer.lin.weight.copy_(w.T)
                layer.bias.copy_(b)
        dropout = torch.nn.functional.dropout

        def forward(training):
            hidden = layers[0](dropout(x, DROPOUT, training), edges, weights).relu()
            return layers[1](dropout(hidden, DROPOUT, training), edges, weights)

        parameters = [part for layer in layers for part in (layer.lin.weight, layer.bias)]
        return self.trained(forward, parameters, transposed=True)

    def trained(self, forward, parameters, transposed=False):
        """(call, result) of a training loop; the first call is the compared pass."""
        torch = self.libraries.torch
        loss = self.loss(forward(False))
        gradients = [g.numpy().copy() for g in torch.autograd.grad(loss, parameters)]
        if transposed:
            gradients = [g.T if g.ndim == 2 else g for g in gradients]
        first = [np.array([loss.item()])] + gradients
        optimizer = torch.optim.Adam(
            [{"params": parameters[:2], "weight_decay": DECAY}, {"params": parameters[2:]}], lr=RATE, fused=True)

        def call():
            optimizer.zero_grad()
            self.loss(forward(True)).backward()
            optimizer.step()

        return call, lambda: first


TASKS = {"gcn": GCNStep}
