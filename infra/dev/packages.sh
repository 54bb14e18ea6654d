#!/usr/bin/env bash
# Sees to the Debian packages that building and running need, and to nothing else.
# Services of new packages are neither started now nor at the next boot.
# packages.sh [more packages that the caller needs]
set -euo pipefail

PACKAGES=(
    g++ cmake ninja-build ccache pkg-config
    nginx mariadb-server mariadb-client nats-server supervisor
    libfcgi-dev libpoco-dev libmysqlcppconn-dev libmariadb-dev libnats-dev
    libboost-test-dev libssl-dev libcurl4-openssl-dev libprotobuf-dev protobuf-compiler
    curl python3 jq procps make openssl zstd
)
readonly SERVICES=(nginx mariadb nats-server supervisor php8.2-fpm)
readonly POLICY=/usr/sbin/policy-rc.d
readonly KEPT=/usr/sbin/policy-rc.d.hongyan-kept

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

missing_packages() {
    local package
    for package in "${PACKAGES[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || say "$package"
    done
}

# invoke-rc.d asks this file whether a service may be started. Somebody else's file is
# put back afterwards, also when an earlier run was killed between the two.
hold_services() {
    [[ ! -e $KEPT && ! -L $KEPT ]] || restore_services
    if [[ -e $POLICY || -L $POLICY ]]; then mv "$POLICY" "$KEPT"; fi
    trap restore_services EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
}

restore_services() {
    rm -f "$POLICY"
    if [[ -e $KEPT || -L $KEPT ]]; then mv "$KEPT" "$POLICY"; fi
}

installed_services() {
    local service
    for service in "${SERVICES[@]}"; do
        if [[ -e /lib/systemd/system/$service.service ]]; then say "$service"; fi
    done
}

# Runs as root.
install_packages() {
    local before after service
    before=$(installed_services)
    hold_services
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" || {
        say "The package lists may be old; refreshing them."
        apt-get update -q
        apt-get install -y -q --no-install-recommends "$@"
    }
    after=$(installed_services)
    command -v systemctl >/dev/null || return 0
    for service in $after; do
        grep -qx "$service" <<<"$before" || systemctl disable --quiet "$service" 2>/dev/null || true
    done
}

ask_and_install() {
    local answer self
    self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/packages.sh
    local by_hand="apt-get install --no-install-recommends $*"
    say "These Debian packages are missing: $*"
    command -v sudo >/dev/null || die "Please run this as root, then try again:  $by_hand"
    # A terminal can be had or not; only opening it tells.
    { : </dev/tty; } 2>/dev/null || die "Without a terminal nobody can be asked. Please run this first:  sudo $by_hand"
    say "To install them I would run, with sudo:  $by_hand  (their services are not started)"
    printf 'Go ahead? [y/N] ' >/dev/tty
    read -r answer </dev/tty
    [[ $answer == [yY]* ]] || die "Nothing was installed."
    sudo bash "$self" --install "$@"
}

main() {
    local missing
    if [[ ${1:-} == --install ]]; then
        shift
        install_packages "$@"
        return
    fi
    PACKAGES+=("$@")
    command -v dpkg-query >/dev/null || die "This stack is made for Debian 12; dpkg-query is not here."
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    if ((EUID == 0)); then
        say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
        install_packages "${missing[@]}"
    else
        ask_and_install "${missing[@]}"
    fi
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || die "Still missing: ${missing[*]}"
}

main "$@"
