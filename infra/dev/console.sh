#!/usr/bin/env bash
# Builds the console's pages into build/www/console, compressed beside themselves. Does nothing while neither its sources
# nor its packages have changed. What npm fetches stays in build/console.
# console.sh [--check]: its types too.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly SOURCE=$ROOT/nginx/www/console WORK=$ROOT/build/console OUT=$ROOT/build/www/console

sources() { (cd "$SOURCE" && find . -path ./node_modules -prune -o -type f -print | LC_ALL=C sort | xargs -d '\n' sha256sum); }

hash_of() { sha256sum | cut -d' ' -f1; }

fetch() {
    local stamp=$WORK/node_modules/.hongyan wanted
    wanted=$(cat "$SOURCE/package.json" "$SOURCE/package-lock.json" | hash_of)
    [[ $(cat "$stamp" 2>/dev/null) != "$wanted" ]] || return 0
    echo "Fetching the console's packages."
    # Not `npm ci`, which refuses a lock without the native parts of every other system.
    (cd "$WORK" && npm install --no-save --loglevel=error >npm.log 2>&1) || {
        tail -n 5 "$WORK/npm.log" >&2
        return 1
    }
    echo "$wanted" >"$stamp"
}

main() {
    local wanted
    wanted=$(sources | hash_of)
    [[ $(cat "$OUT/.hongyan" 2>/dev/null) == "$wanted" ]] || make_pages "$wanted"
    [[ ${1:-} != --check ]] || (cd "$WORK" && npx --no-install vue-tsc --noEmit)
}

make_pages() {
    local wanted=$1
    command -v npm >/dev/null || { echo "npm is not here; apt-get install nodejs npm" >&2; return 1; }
    mkdir -p "$WORK" "$(dirname "$OUT")"
    find "$WORK" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
    (cd "$SOURCE" && tar -c --exclude=./node_modules .) | tar -x -C "$WORK"
    fetch
    echo "Building the console."
    (cd "$WORK" && CONSOLE_OUT=$OUT.new npx --no-install vite build --logLevel=error)
    find "$OUT.new" -type f \( -name '*.js' -o -name '*.css' -o -name '*.html' -o -name '*.svg' \) -exec gzip -k -9 -n {} +
    echo "$wanted" >"$OUT.new/.hongyan"
    rm -rf "$OUT"
    mv "$OUT.new" "$OUT"
}

main "$@"
