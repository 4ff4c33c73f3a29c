#!/bin/sh
# Install what the tests need from Debian, where it is absent and we may: Chromium and
# what Playwright needs to drive it, and MariaDB's programs (without the service around them).
# Where we may not, the tests say at their end what was left out.
set -eu

lacks() {
    for program; do
        command -v "$program" >/dev/null || return 0
    done
    return 1
}

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
packages=
if lacks chromium || ! ldconfig -p | grep -q libatomic; then
    packages="chromium fonts-liberation libatomic1"
fi
if [ -z "${TEST_MYSQL_URL:-}" ] && lacks mariadbd mariadb-install-db my_print_defaults; then
    packages="$packages mariadb-server-core mariadb-client-core"
fi
if [ -z "$packages" ] || lacks apt-get; then
    exit 0
fi

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo --non-interactive true 2>/dev/null; then
    as_root="sudo --non-interactive"
else
    exit 0
fi

apt() {
    # shellcheck disable=SC2086  # both are lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes "$@" >/dev/null
}

echo "Installing $packages"
# shellcheck disable=SC2086
{ apt update && apt install --no-install-recommends $packages; } || echo "apt-get failed"
