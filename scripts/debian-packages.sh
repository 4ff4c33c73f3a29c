#!/bin/sh
# Install what the tests need from Debian, where it is absent and we may: Chromium and
# what Playwright needs to drive it, MariaDB's programs (without the service around them), systemd's
# (which run no service either), and nginx.
# Where we may not, the tests say at their end what was left out.
set -eu

unpacked=.venv/debian

lacks() {
    for program; do
        command -v "$program" >/dev/null || return 0
    done
    return 1
}

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:$PWD/$unpacked/usr/sbin"
lacks apt-get && exit 0

packages=
if lacks chromium || ! ldconfig -p | grep -q libatomic; then
    packages="chromium fonts-liberation libatomic1"
fi
if [ -z "${TEST_MYSQL_URL:-}" ] &&
    lacks mariadbd mariadb-install-db my_print_defaults mariadb-dump; then
    packages="$packages mariadb-server-core mariadb-client-core mariadb-client"
fi
if lacks systemd-analyze; then
    packages="$packages systemd"
fi

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo --non-interactive true 2>/dev/null; then
    as_root="sudo --non-interactive"
else
    as_root=false
fi

apt() {
    # shellcheck disable=SC2086  # both are lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes "$@" >/dev/null
}

# Installed, it would serve on port 80 at once. Unpacked it only lies there; nobody need be root.
unpack() {
    mkdir -p "$unpacked/packages"
    (cd "$unpacked/packages" && apt-get --quiet --quiet download "$@") || return
    for package in "$unpacked"/packages/*.deb; do
        dpkg-deb --extract "$package" "$unpacked"
    done
    rm -r "$unpacked/packages"
}

if [ -n "$packages" ]; then
    echo "Installing $packages"
    # shellcheck disable=SC2086
    { apt update && apt install --no-install-recommends $packages; } || echo "apt-get failed"
fi
if lacks nginx; then
    echo "Unpacking nginx"
    unpack nginx nginx-common 2>/dev/null || { apt update && unpack nginx nginx-common; } ||
        echo "apt-get failed"
fi
