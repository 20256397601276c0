#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service gives its console to a browser, and nothing else of its files.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
service_start

at=https://localhost:8444
ask() { on fleet curl -s --cacert $SERVICE/ca.pem --path-as-is -D /tmp/head -o /tmp/body "$@"; }
says() { tr -d '\r' </tmp/head | grep -qiE -- "^$1\$"; }

ask --compressed $at/; is_page=$?
check "there is a page" [ $is_page = 0 ]
grep -q . /tmp/head && says 'HTTP/1.1 404.*' && skip "this build has no console"
check "which a browser takes for one" says 'content-type: text/html; charset=utf-8'
check "it is asked for each time" says 'cache-control: no-store'
check "nothing may be guessed about its type" says 'x-content-type-options: nosniff'
check "it runs scripts of this service and no others" says "content-security-policy: default-src 'none'; script-src 'self'; .*"
check "which may not come from text" says ".*require-trusted-types-for 'script'; trusted-types 'none'"
check_not "and none stands in it" has_line /tmp/body '<script[^>]*>[^<]|<style| (style|on[a-z]+)='
files=$(grep -oE '/assets/[^"]+' /tmp/body)
check "it names what it loads" [ "$(wc -l <<<"$files")" = 3 ]
for f in $files; do
	ask --compressed $at$f
	check "$f is there" says 'HTTP/1.1 200 OK'
	check "and kept for ever, since its name has its hash" says 'cache-control: public, max-age=31536000, immutable'
	check "compressed" says 'content-encoding: gzip'
done
for f in /assets/../server.conf /assets/..%2fserver.conf /assets/%2e%2e/ca_key.pem /assets//etc/passwd /assets/.html /assets/ \
	/assets/index.html /assets/none.js /server.conf /index.html; do
	ask $at$f
	check "$f is not" says 'HTTP/1.1 404 Not Found'
done
ask -X POST -H 'Content-Length: 0' $at/; check "the page is only read" says 'HTTP/1.1 405 Method Not Allowed'

stop server
mkdir /srv/web; echo '<p>one</p>' >/srv/web/index.html; ln -s /srv/fleet/ca_key.pem /srv/web/key.txt
on fleet caltrop-server run --dir $SERVICE --web-root /srv/none >/tmp/said 2>&1; is_code not-0 "a directory without a page is refused"
check "in words" has_line /tmp/said "/srv/none: the console's index.html cannot be read there"
start server on fleet caltrop-server run --dir $SERVICE --web-root /srv/web
wait_for 10 "the service listens" listens fleet 8444
ask $at/; check "who works on the console serves it from a directory" has_line /tmp/body '<p>one</p>'
echo '<p>two</p>' >/srv/web/index.html
ask $at/; check "as it is now" has_line /tmp/body '<p>two</p>'
ask $at/assets/key.txt; check "but no link out of it" says 'HTTP/1.1 404 Not Found'
