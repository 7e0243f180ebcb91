#!/bin/sh
# Installs the Python peers into .build/peers, once, and compares the kernels with them.
# Usage: run.sh KERNEL_BENCH [OPTION...]     PEERS_PYTHON=/path/to/python takes that interpreter as it stands.
set -eu
bench=$1
shift
script=$(dirname "$0")/worker.py

if [ -z "${PEERS_PYTHON:-}" ]; then
  home=.build/peers
  notes=$home/notes.txt
  PEERS_PYTHON=$home/bin/python
  export PEERS_NOTES="$notes"
fi

# Usage: install NAME PIP_ARGUMENT...: a package that cannot be installed is noted with its reason.
install() {
  name=$1
  shift
  echo "bench-peers: installing $name" >&2
  status=0
  timeout 1800 "$PEERS_PYTHON" -m pip install --disable-pip-version-check -q "$@" > "$home/log" 2>&1 || status=$?
  [ "$status" != 0 ] || return 0
  reason=$(grep -m 1 '^ERROR' "$home/log" || tail -n 1 "$home/log")
  [ "$status" != 124 ] || reason="pip did not end within 30 minutes"
  echo "$name: it cannot be installed: ${reason:-pip ended with code $status}" >> "$notes.tmp"
  return 1
}

# The notes are the mark of a complete environment.
if [ -n "${notes:-}" ] && [ ! -f "$notes" ]; then
  command -v python3 > /dev/null || { echo "bench-peers: there is no python3; install python3-venv" >&2; exit 1; }
  python3 -m venv "$home" || { echo "bench-peers: python3 -m venv fails; install python3-venv" >&2; exit 1; }
  : > "$notes.tmp"
  install scipy numpy scipy || { cat "$notes.tmp" >&2; exit 1; }
  if install torch torch --index-url https://download.pytorch.org/whl/cpu; then
    version=$("$PEERS_PYTHON" -c 'import torch; print(torch.__version__.split("+")[0])')
    install torch_geometric torch_geometric || true
    # Built against the installed torch where there is no wheel for it.
    install torch-sparse setuptools wheel torch-scatter torch-sparse --no-build-isolation \
      -f "https://data.pyg.org/whl/torch-$version+cpu.html" || true
    install dgl dgl -f https://data.dgl.ai/wheels/repo.html || true
  fi
  install sparse_dot_mkl sparse_dot_mkl mkl || true
  install python-graphblas 'python-graphblas[default]' || true
  mv "$notes.tmp" "$notes"
fi

exec "$bench" peers --python "$PEERS_PYTHON" --worker "$script" "$@"
