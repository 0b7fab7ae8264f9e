#!/bin/sh
# Exports the static site of each new live release below SITE; the link SITE/html leads to the newest complete one.
# SITE_CHECK_SECONDS (default 300) is the time between two looks; 0 looks once and ends.
set -eu
site=${SITE:-/site}
seconds=${SITE_CHECK_SECONDS:-300}
while :; do
    live=$(cat "$LLMPAIRS_WAREHOUSE/CURRENT" 2>/dev/null || true)
    if [ -n "$live" ] && [ "$(readlink "$site/html" 2>/dev/null || true)" != "$live" ]; then
        rm -rf "${site:?}/$live"
        llmpairs export site --out "$site/$live" ${SITE_OPTIONS:-}
        previous=$(readlink "$site/html" 2>/dev/null || true)
        ln -s "$live" "$site/html.new"
        mv -T "$site/html.new" "$site/html"
        # A page that is being read may belong to the release before; anything older goes.
        for each in "$site"/2*; do
            case $each in "$site/$live" | "$site/$previous") ;; *) rm -rf "$each" ;; esac
        done
        echo "site: $live"
    fi
    [ "$seconds" -gt 0 ] || exit 0
    sleep "$seconds"
done
