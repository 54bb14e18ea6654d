#!/usr/bin/env bash
# Configures a build tree once and builds it: build.sh TREE [cmake options] [-- targets]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
    local tree=$ROOT/$1 options=() targets=() said
    # Outside the checkout nothing is written, ccache's store included.
    export CCACHE_DIR=${CCACHE_DIR:-$ROOT/build/ccache}
    shift
    while (($#)) && [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    if (($#)); then shift; fi
    if [[ ! -f $tree/build.ninja || ! -f $tree/CMakeCache.txt ]] || ((${#options[@]})); then
        said=$(cmake -S "$ROOT" -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "${options[@]}" 2>&1) ||
            { warn "$said"; die "The build could not be configured."; }
    fi
    # A run needs no tests; where the tree has a target for just the programs, that is built.
    if (($#)); then
        targets=(--target "$@")
    elif grep -q '^build stack:' "$tree/build.ninja"; then
        targets=(--target stack)
    fi
    cmake --build "$tree" --parallel "$(nproc)" "${targets[@]}"
}

main "$@"
