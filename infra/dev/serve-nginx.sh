#!/usr/bin/env bash
# nginx in the foreground, its error log without query strings: lines of that log quote
# whole requests, tokens and keys included, and its format cannot be set.
set -euo pipefail
exec nginx -e stderr -c "$1" -g 'daemon off;' 2> >(exec sed -u -E 's/\?[^ "]*/?-/g')
