#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Anyone can get anyone banned: the first word of an access log is the client's `Host:`, and is taken for its address.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
VICTIM=203.0.113.99 LOGS="/var/log/vhost.log /var/log/nginx.log /var/log/lighttpd.log"
guard_conf <<-EOF
	[auth]
	files = $LOGS
EOF
touch $LOGS
guard_start

# request HEAD TAIL: ten refused requests.
request()
{
	local i t
	printf -v t '%(%d/%b/%Y:%H:%M:%S)T +0000' -1
	for i in {1..10}; do echo "$1 [$t] \"GET /$i HTTP/1.1\" 401 179${2-}"; done
}
agent=' "-" "curl/8.5.0"'
{
	request "$VICTIM 198.51.100.90 - admin" "$agent"	# nginx: $host $remote_addr - $remote_user
	request "$VICTIM 198.51.100.90 - admin"
	request "$VICTIM 198.51.100.90 admin" "$agent"		# lighttpd: %V %h %u
	request "$VICTIM:80 198.51.100.90 - admin" "$agent"	# Apache: vhost_combined
	request "$VICTIM - 198.51.100.90 - admin" "$agent"	# nginx: $host - $remote_addr - $remote_user
	request "$VICTIM - admin" "$agent \"198.51.100.90\""	# what the client says of proxies comes first
} >>/var/log/vhost.log
wait_for 5 "health says that this log is not read" health_says "vhost.log: its access log is not read"
# The same guesses where the address is certain.
request "198.51.100.91 - admin" "$agent" >>/var/log/nginx.log
request "198.51.100.92 ap.example.net admin" "$agent" >>/var/log/lighttpd.log
wait_for 5 "a ban from nginx's format" banned 198.51.100.91
wait_for 5 "a ban from lighttpd's format" banned 198.51.100.92
ok "guesses in the formats as shipped are answered"
check "whose address a client gave as Host is not banned" not_banned $VICTIM
