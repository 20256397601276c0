#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A client of an application, or of a container whose messages are cut, gets anyone banned by what he says.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
VICTIM=203.0.113.99 LOGS="/var/log/app.log /var/log/container.log"
guard_conf <<-EOF
	[auth]
	files = $LOGS
EOF
touch $LOGS
guard_start

printf -v now '%(%d/%b/%Y:%H:%M:%S +0000)T' -1
printf -v iso '%(%Y-%m-%dT%H:%M:%S)T' -1
{
	echo "$iso welcome to the shop, how are you"
	for i in {1..10}; do echo "$iso Failed password for root from $VICTIM port 4000$i ssh2"; done
	for i in {1..10}; do echo "$iso INFO sshd[70$i]: Failed password for root from $VICTIM port 4000$i ssh2"; done
} >>/var/log/app.log
{
	for i in {1..10}; do
		echo "$iso.123456789Z stdout P 198.51.100.90 - - [$now] \"GET /aaaa"
		echo "$iso.123456789Z stdout F $VICTIM - admin [$now] \"GET / HTTP/1.1\" 401 179 \"-\" \"curl\""
	done
	for i in {1..6}; do
		echo "$iso.123456789Z stdout F 198.51.100.91 - admin [$now] \"GET / HTTP/1.1\" 401 179 \"-\" \"curl\""
	done
} >>/var/log/container.log
wait_for 5 "a ban from whole messages of the container" banned 198.51.100.91
wait_for 5 "health says that the application's log is not read" health_says "app.log is not read"
check "whose address clients said is not banned" not_banned $VICTIM
