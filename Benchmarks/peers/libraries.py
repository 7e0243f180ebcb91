"""The peer libraries, each imported where it is installed, with the same number of threads."""

import glob
import importlib
import json
import os
import sys
import warnings

# Import name of each optional library and the name by which it is installed.
OPTIONAL = {
    "torch": "torch",
    "torch_geometric": "torch_geometric",
    "torch_sparse": "torch-sparse",
    "dgl": "dgl",
    "sparse_dot_mkl": "sparse_dot_mkl",
    "graphblas": "python-graphblas",
}


class Libraries:
    def __init__(self):
        self.versions, self.missing, self.modules = {}, {}, {}

    def __getattr__(self, name):
        """The module called `name`, None where it is missing."""
        return self.modules.get(name)


def load(threads):
    warnings.filterwarnings("ignore")
    os.environ.setdefault("DGLBACKEND", "pytorch")
    libraries = Libraries()
    for name in ("numpy", "scipy"):
        libraries.versions[name] = importlib.import_module(name).__version__
    # The wheel of MKL lays its library where sparse_dot_mkl does not look.
    for path in glob.glob(os.path.join(sys.prefix, "lib", "libmkl_rt.so*")):
        os.environ.setdefault("MKL_RT", path)
    # Why a library was not installed; the import only knows that it is not there.
    notes = {}
    if os.path.exists(os.environ.get("PEERS_NOTES", "")):
        with open(os.environ["PEERS_NOTES"]) as file:
            notes = dict(line.rstrip("\n").split(": ", 1) for line in file if ": " in line)
    for module, package in OPTIONAL.items():
        try:
            libraries.modules[module] = importlib.import_module(module)
            libraries.versions[package] = str(getattr(libraries.modules[module], "__version__", "?"))
        except Exception as problem:
            text = str(problem).strip().splitlines()
            absent = isinstance(problem, ModuleNotFoundError) and problem.name == module
            seen = f"its import fails: {text[0][:160] if text else type(problem).__name__}"
            libraries.missing[package] = notes.get(package, "it is not installed") if absent else seen
    if libraries.torch:
        libraries.torch.set_num_threads(threads)
    if libraries.graphblas:
        libraries.graphblas.ss.config["nthreads"] = threads
    return libraries
