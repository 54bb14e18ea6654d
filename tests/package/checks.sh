# How a booted host is asked and what came of it is counted. Sourced by run.sh and upgrade.sh.
# shellcheck shell=bash

# check NAME COMMAND...: its output is shown when it fails.
check() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        ((PASSED += 1))
        say "ok   $name"
    else
        ((FAILED += 1))
        say "FAIL $name" "$said" | head -n 40
    fi
}

# `not COMMAND` fails when it succeeds; a bare "!" would be passed over by -e.
sh_inside() { inside bash -o pipefail -ec "not() { if \"\$@\" >/tmp/not 2>&1; then echo \"went through: \$*\"; cat /tmp/not; exit 1; fi; }
    $1"; }

prepare_certificate() {
    sh_inside "mkdir -p /etc/ssl/own && cd /etc/ssl/own
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=$DOMAIN -addext subjectAltName=DNS:$DOMAIN -keyout key.pem -out cert.pem 2>/dev/null
        cp cert.pem /usr/local/share/ca-certificates/own.crt && update-ca-certificates >/dev/null 2>&1
        echo '127.0.0.1 $DOMAIN' >>/etc/hosts"
}
