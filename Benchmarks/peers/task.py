"""What the operations have in common: arrays, the reference, errors."""

import os

import numpy as np
import scipy.sparse


class Task:
    """One operation at one shape. A subclass gives `reference()` (float64 arrays) and `peers()`: for each peer a
    function that makes (call, result), a call without arguments and what gives its last result as arrays."""

    def __init__(self, request, libraries):
        self.request, self.libraries = request, libraries
        self._reference = None

    def load(self, name):
        return np.load(os.path.join(self.request["task"], name + ".npy"))

    def has(self, name):
        return os.path.exists(os.path.join(self.request["task"], name + ".npy"))

    def matrix(self):
        """The graph's matrix: row starts int64, columns int32, values float32."""
        indptr, indices, values = (
            np.load(os.path.join(self.request["graph"], name + ".npy")) for name in ("indptr", "indices", "values"))
        rows = len(indptr) - 1
        # scipy walks one index type; int32 is its fastest and holds every graph here.
        return scipy.sparse.csr_matrix((values, indices, indptr.astype(np.int32)), shape=(rows, rows))

    def torch_csr(self, matrix, values=None):
        """torch walks int32 ids where it has MKL, and only there."""
        torch = self.libraries.torch
        kind = np.int32 if torch.backends.mkl.is_available() else np.int64
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(kind)), torch.from_numpy(matrix.indices.astype(kind)),
            torch.from_numpy(matrix.data) if values is None else values, size=matrix.shape)

    def dgl_graph(self, matrix):
        """Edge e of the graph is entry e of the matrix; rows are targets."""
        torch, dgl = self.libraries.torch, self.libraries.dgl
        ids = torch.arange(matrix.nnz, dtype=torch.int32)
        starts, columns = torch.from_numpy(matrix.indptr), torch.from_numpy(matrix.indices)
        return dgl.graph(("csc", (starts, columns, ids)), num_nodes=max(matrix.shape), idtype=torch.int32)

    def error(self, arrays):
        worst = 0.0
        if self._reference is None:
            self._reference = self.reference()
        for array, reference in zip(arrays, self._reference, strict=True):
            array = self.part(np.asarray(array))
            if array.shape != reference.shape or not np.isfinite(array).all():
                return None
            largest = np.abs(reference).max(initial=0) or 1
            worst = max(worst, float(np.abs(array - reference).max(initial=0) / largest))
        return worst

    def part(self, array):
        """What of a result is compared."""
        return array

    def checks_ours(self):
        """Whether the reference of our result can be computed here."""
        return True

    def error_of_ours(self):
        names = []
        while self.has(f"ours{len(names)}"):
            names.append(f"ours{len(names)}")
        return self.error([self.load(name) for name in names])

    def forget_reference(self):
        self._reference = None
