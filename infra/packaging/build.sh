#!/usr/bin/env bash
# Debian packages of this checkout, in build/packages. Only this distribution's are made: a package's needs are those of
# the libraries that it was built with.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../dev/lib.sh"

main() {
    local node=()
    # Some packages of node bring npm along.
    command -v npm >/dev/null || node=(nodejs npm)
    "$DEV/packages.sh" dpkg-dev file "${node[@]}"
    "$DEV/build.sh" build -- stack
    "$DEV/console.sh"
    rm -rf "$ROOT/build/packages"
    # ninja has built what is packed; CPack's own look at it would ask for the tests too.
    (cd "$ROOT/build" && cpack -G DEB -D CPACK_CMAKE_GENERATOR=Ninja --config CPackConfig.cmake >"$ROOT/build/package.log" 2>&1) ||
        { tail -n 30 "$ROOT/build/package.log" >&2; die "The packages could not be made; see build/package.log"; }
    rm -rf "$ROOT/build/packages/_CPack_Packages"
    ls "$ROOT/build/packages"
}

main
