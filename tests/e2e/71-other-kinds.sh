#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Something else has a file's place: a FIFO, on which a careless program waits for ever, a directory, a link. Each file
# that guard and service keep is tried. Whoever meets it goes on, or ends and says what it is; nobody hangs.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new

ENDS=20		# a program that has not ended by then hangs
# in_place_of FILE KIND: something else, of the same owner; `put_back FILE` undoes it.
in_place_of()
{
	mv "$1" /tmp/aside
	case $2 in
	fifo) mkfifo -m 600 "$1" ;;
	directory) mkdir -m 700 "$1" ;;
	link) ln -s /dev/zero "$1" ;;
	esac
	chown -h --reference=/tmp/aside "$1"
}
put_back() { rm -rf "$1"; mv /tmp/aside "$1"; }
ends() { timeout -s KILL $ENDS "$@" >/tmp/said 2>&1 </dev/null; [ $? != 137 ]; }
running() { kill -0 "$1" 2>/dev/null; }

# --- the guard ---
guard_conf <<-EOF
	[rule.brute_force]
	count = 3
	[rule.breach]
	steps = ban reset
EOF
fleet_start
for i in 1 2 3; do log_failure $ATTACKER1; done
wait_for 10 "a ban" banned $ATTACKER1
order 0 ban 198.51.100.50
stop guard
cp -a $STATE /tmp/state
guard_begins() { start guard on device caltropd -c $CONF; }
files=$(cd $STATE && find . -type f ! -name '*.lock' | sed 's/0000[0-9a-f]*\.seg/*.seg/' | sort -u | cut -c 3-)
for file in $files; do
	for kind in fifo link; do
		rm -rf $STATE; cp -a /tmp/state $STATE
		in_place_of $STATE/$file $kind
		guard_begins
		check "$kind for $file: the guard answers, or ends" until_true $ENDS eval '! running $PID_guard || guard_ready 2>/dev/null'
		check "$kind for $file: and so does the command line" ends on device caltrop local health
		check "$kind for $file: and it can be stopped" eval 'kill $PID_guard 2>/dev/null; until_true $ENDS eval "! running $PID_guard"'
		wait $PID_guard
	done
done
rm -rf $STATE; cp -a /tmp/state $STATE

mkdir -p $CONF.d
for kind in fifo directory link; do
	echo '[guard]' >$CONF.d/50-site.conf
	in_place_of $CONF.d/50-site.conf $kind
	check "$kind among the settings: they are checked" ends caltropd -c $CONF --check-config
	check "and what is wrong is said" has_line /tmp/said '50-site.conf.*(regular file|denied|directory)'
	check "$kind among the settings: the guard ends" ends on device caltropd -c $CONF
	put_back $CONF.d/50-site.conf
done
rm -r $CONF.d
mkfifo /tmp/fifo
check "what is no file is not sent" ends on device caltrop local send /tmp/fifo
check "which is said" has_line /tmp/said 'not a regular file'

# --- the service ---
stop server
cp -a $SERVICE /tmp/service
for file in $(cd $SERVICE && find . -type f ! -name '*-shm' ! -name '*-wal' | cut -c 3-); do
	rm -rf $SERVICE; cp -a /tmp/service $SERVICE
	in_place_of $SERVICE/$file fifo
	check "fifo for $file: the store is copied, or not" ends caltrop-server backup --dir $SERVICE --to /tmp/copy.$file
	check "fifo for $file: admin reset ends" ends caltrop-server admin reset --dir $SERVICE
	check "fifo for $file: authority new ends" ends caltrop-server authority new --dir $SERVICE
	start server on fleet caltrop-server run --dir $SERVICE
	check "fifo for $file: the service serves, or ends" until_true $ENDS eval '! running $PID_server || listens fleet 8444'
	check "fifo for $file: and it can be stopped" eval 'kill $PID_server 2>/dev/null; until_true $ENDS eval "! running $PID_server"'
	wait $PID_server
done
rm -rf $SERVICE; cp -a /tmp/service $SERVICE
mkfifo /tmp/backup
check "a store is not restored from what is no file" ends caltrop-server restore --dir $SERVICE --from /tmp/backup

# A certificate that is renewed by something that is no file: the API keeps the old one.
service_start
rm $SERVICE/server.pem; mkfifo $SERVICE/server.pem
check_not "the service is asked for its certificate meanwhile" eval '! until_true $ENDS desk device list --json >/dev/null'
check "and can be stopped" eval 'kill $PID_server; until_true $ENDS eval "! running $PID_server"'
