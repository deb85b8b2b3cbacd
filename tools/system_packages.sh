#!/bin/sh
# Installs the Debian packages that some tests need, where this user may. Tests whose program is still
# missing afterwards skip, and say so.
set -eu

missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || missing="$missing firefox-esr"
command -v cadaver >/dev/null 2>&1 || missing="$missing cadaver"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
[ -n "$(command -v nginx || ls /usr/sbin/nginx 2>/dev/null)" ] || missing="$missing nginx-light"
command -v caddy >/dev/null 2>&1 || missing="$missing caddy"
[ -n "$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || missing="$missing postgresql"

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo "Not installed:$missing. The tests that need it are skipped." >&2
    exit 0
fi
echo "Installing$missing …" >&2
export DEBIAN_FRONTEND=noninteractive
case "$missing" in
*postgresql*)
    # Only its programs are wanted: without this, the package makes a server of its own and starts it.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/mediascream-tests.conf
    ;;
esac
# shellcheck disable=SC2086 # a list of words
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null ||
    echo "Could not install$missing. The tests that need it are skipped." >&2
