#!/usr/bin/env bash
# Fetches the SDKs that package.json names, unmodified, and bundles them for Node: prepare.sh FOLDER. Prints why not where
# the registry lacks one. Nothing of them is committed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
mkdir -p "$folder"
cp "$here"/package.json "$here"/*.js "$here"/*.cjs "$here"/*.mjs "$folder"/
cd "$folder"
npm install --no-package-lock --no-audit --no-fund --loglevel=error >npm.log 2>&1 || {
    echo "the registry does not give what tests/sdk/package.json names: $(tail -n 1 npm.log)"
    exit 3
}
node_modules/.bin/esbuild wukongim_entry.js --bundle --platform=node --format=cjs --log-level=error --outfile=wukongim.cjs
