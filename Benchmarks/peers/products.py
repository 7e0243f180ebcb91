"""Sparse times dense, and products sampled at the entries of a pattern."""

import numpy as np

from task import Task


class SpMM(Task):
    """Y = A X, or A' X with the transpose made beforehand by every peer that would make it in each call."""

    # Elements of X beyond which only the outer columns are compared, to bound the float64 copies.
    MOST_COMPARED = 32_000_000
    OUTER = 16

    def __init__(self, request, libraries):
        super().__init__(request, libraries)
        matrix = self.matrix()
        self.a = matrix.T.tocsr() if request["transposed"] else matrix
        self.a.sort_indices()
        self.x = self.load("x")

    def part(self, array):
        if self.x.size <= self.MOST_COMPARED:
            return array
        return np.concatenate([array[:, : self.OUTER], array[:, -self.OUTER :]], axis=1)

    def reference(self):
        return [self.a.astype(np.float64) @ self.part(self.x).astype(np.float64)]

    def peers(self):
        have = self.libraries
        peers = {"scipy": self.scipy}
        if have.torch:
            peers |= {"torch csr": self.csr, "torch coo": self.coo}
        if have.torch_sparse:
            peers["torch-sparse"] = self.torch_sparse
        if have.sparse_dot_mkl:
            peers["mkl"] = self.mkl
        if have.graphblas:
            peers["graphblas"] = self.graphblas
        if have.dgl:
            peers["dgl"] = self.dgl
        return peers

    def kept(self, function):
        """A call that returns its output: the last one stays, so that memory is given back and taken again."""
        box = [None]

        def call():
            box[0] = function()

        return call, lambda: [np.asarray(box[0])]

    def scipy(self):
        a, x = self.a, self.x
        return self.kept(lambda: a @ x)

    def csr(self):
        torch = self.libraries.torch
        a, x = self.torch_csr(self.a), torch.from_numpy(self.x)
        y = torch.empty(a.shape[0], x.shape[1])
        return (lambda: torch.mm(a, x, out=y)), (lambda: [y.numpy()])

    def coo(self):
        torch = self.libraries.torch
        coo = self.a.tocoo()
        ids = torch.from_numpy(np.stack([coo.row, coo.col]).astype(np.int64))
        a = torch.sparse_coo_tensor(ids, torch.from_numpy(coo.data), size=coo.shape, is_coalesced=True)
        x = torch.from_numpy(self.x)
        return self.kept(lambda: torch.sparse.mm(a, x))

    def torch_sparse(self):
        torch, sparse = self.libraries.torch, self.libraries.torch_sparse
        a = sparse.SparseTensor(
            rowptr=torch.from_numpy(self.a.indptr.astype(np.int64)),
            col=torch.from_numpy(self.a.indices.astype(np.int64)), value=torch.from_numpy(self.a.data),
            sparse_sizes=self.a.shape, is_sorted=True, trust_data=True)
        x = torch.from_numpy(self.x)
        return self.kept(lambda: sparse.matmul(a, x))

    def mkl(self):
        product = self.libraries.sparse_dot_mkl.dot_product_mkl
        a, x = self.a, self.x
        y = np.zeros((a.shape[0], x.shape[1]), np.float32)
        return (lambda: product(a, x, out=y, out_scalar=0)), (lambda: [y])

    def graphblas(self):
        gb = self.libraries.graphblas
        a = gb.Matrix.from_csr(
            self.a.indptr.astype(np.uint64), self.a.indices.astype(np.uint64), self.a.data, ncols=self.a.shape[1])
        x = gb.Matrix.from_dense(self.x)
        y = gb.Matrix.from_scalar(0.0, self.a.shape[0], self.x.shape[1], dtype=gb.dtypes.FP32)

        def call():
            # Adding into a full matrix is SuiteSparse's fast path.
            y[:, :] << 0
            y(gb.binary.plus) << a.mxm(x, gb.semiring.plus_times)

        return call, lambda: [y.to_dense()]

    def dgl(self):
        torch, dgl = self.libraries.torch, self.libraries.dgl
        graph, x, values = self.dgl_graph(self.a), torch.from_numpy(self.x), torch.from_numpy(self.a.data)
        values = values.unsqueeze(1)
        return self.kept(lambda: dgl.ops.u_mul_e_sum(graph, x, values))


class SDDMM(Task):
    """e[k] = <U[r], W[c]> at each entry k = (r, c)."""

    # Entries whose products are made at once for the reference.
    BLOCK = 1 << 18

    def __init__(self, request, libraries):
        super().__init__(request, libraries)
        self.a, self.u, self.w = self.matrix(), self.load("u"), self.load("w")

    def reference(self):
        rows = np.repeat(np.arange(self.a.shape[0]), np.diff(self.a.indptr))
        e = np.empty(self.a.nnz)
        for start in range(0, len(e), self.BLOCK):
            block = slice(start, start + self.BLOCK)
            u, w = self.u[rows[block]].astype(np.float64), self.w[self.a.indices[block]].astype(np.float64)
            e[block] = np.einsum("ij,ij->i", u, w)
        return [e]

    def peers(self):
        peers = {}
        if self.libraries.torch:
            peers["torch"] = self.torch
        if self.libraries.graphblas:
            peers["graphblas"] = self.graphblas
        if self.libraries.dgl:
            peers["dgl"] = self.dgl
        return peers

    def torch(self):
        torch = self.libraries.torch
        pattern = self.torch_csr(self.a)
        u, w, e = torch.from_numpy(self.u), torch.from_numpy(self.w).T, pattern.clone()
        return (
            lambda: torch.sparse.sampled_addmm(pattern, u, w, beta=0.0, out=e)), (lambda: [e.values().numpy()])

    def graphblas(self):
        gb = self.libraries.graphblas
        starts, columns = self.a.indptr.astype(np.uint64), self.a.indices.astype(np.uint64)
        pattern = gb.Matrix.from_csr(starts, columns, self.a.data, ncols=self.a.shape[1])
        u, w = gb.Matrix.from_dense(self.u), gb.Matrix.from_dense(self.w)
        e = gb.Matrix(gb.dtypes.FP32, *self.a.shape)

        def call():
            e(pattern.S, replace=True) << u.mxm(w.T, gb.semiring.plus_times)

        return call, lambda: [e.to_csr()[2]]

    def dgl(self):
        torch, dgl = self.libraries.torch, self.libraries.dgl
        graph, u, w = self.dgl_graph(self.a), torch.from_numpy(self.u), torch.from_numpy(self.w)
        box = [None]

        def call():
            box[0] = dgl.ops.u_dot_v(graph, w, u)

        return call, lambda: [box[0].squeeze(1).numpy()]


TASKS = {"spmm": SpMM, "sddmm": SDDMM}
