#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records an hour of ordinary use (use.sh) of a Debian machine, with all sensors of the guard on, and leaves it as
# events.jsonl.gz and log.gz in FOLDER: record.sh FOLDER
# Under qemu, or with HOUR_IN=container by systemd-nspawn. Needs root, Debian 12, what tests/boot needs, apt's lists and
# dpkg-dev; takes USE_SECONDS (3600) and a quarter of an hour. Names and addresses are those of examples.
[ $# = 1 ] || { sed -n '3,6s/^# //p' "$0"; exit 64; }
folder=$(realpath -m "$1")
here=$(cd "$(dirname "$0")" && pwd)
MACHINES_STAY=yes MACHINES=$folder/machines MACHINE_MIB=${MACHINE_MIB:-2048} MACHINE_SECONDS=${MACHINE_SECONDS:-1800}
mkdir -p "$folder"
# shellcheck source=tests/boot/lib.sh
. "$here/../boot/lib.sh"
# shellcheck source=tests/hour/container.sh
[ "${HOUR_IN-}" != container ] || . "$here/container.sh"
said() { run box "$@"; }
must() { run box "$@" >>"$folder/log" 2>&1 || fail "$*"; }
trap '[ -n "${HOUR_STAYS-}" ] || machine_down box' EXIT

later='nginx-light cron logrotate rsync curl less vim-tiny man-db bsdextrautils gcc libc6-dev make tree'
first='sudo python3 libyaml-0-2 libbpf1 libelf1 zlib1g'

# --- a mirror: what the machine has not, as Debian has it today, and the source of a small project in C ---

mirror()
{
	local apt=(-q -y -o Dir::State::status="$folder/status" -o Dir::Cache::archives="$folder/host/debian" -o Debug::NoLocking=1
		-o APT::Sandbox::User=root -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
	mkdir -p "$folder/host/debian/partial"
	# shellcheck disable=SC2086 # words
	apt-get "${apt[@]}" --download-only upgrade && apt-get "${apt[@]}" --download-only install $first $later || return
	(cd "$folder/host/debian" && rm -rf partial lock && dpkg-scanpackages . /dev/null >Packages) || return
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' | awk '$2 == "Debian" && $3 == "main" && !/security/ {
		print "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " $1 " bookworm main"; exit }' >"$folder/sources.list"
	apt=(-q -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$folder/lists"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
	mkdir -p "$folder/lists/partial"
	(cd "$folder/host" && apt-get "${apt[@]}" update && apt-get "${apt[@]}" source --download-only hello &&
		mv hello_*.orig.tar.gz hello.tar.gz && rm -f hello_*)
}

image=$("$here/../boot/image.sh" "$IMAGES") || fail "no image"
mkdir -p "$folder/host" "$(at box)"
debugfs -R "cat /var/lib/dpkg/status" "$image/root.img" >"$folder/status" 2>/dev/null
[ -e "$folder/host/hello.tar.gz" ] || mirror >"$folder/mirror.log" 2>&1 || fail "no packages: $(tail -n 3 "$folder/mirror.log")"
cp "$here/use.sh" "$folder/host/"
if [ "${HOUR_IN-}" != container ]; then
	cp --sparse=always "$image/root.img" "$(at box)/disk"
	truncate -s 4G "$(at box)/disk"
fi

# --- the machine: two users, their desk and a mirror in namespaces of their own, the service ---

machine_up box "$folder/host"
[ "${HOUR_IN-}" = container ] || must 'resize2fs /dev/nvme0n1'
must "set -e
	echo 'deb [trusted=yes] file:/host/debian ./' >/etc/apt/sources.list; rm -f /etc/apt/sources.list.d/*
	apt-get -q update; DEBIAN_FRONTEND=noninteractive apt-get -qy install $first"
must 'set -e
	space() { ip netns add $1; ip link add to-$1 type veth peer name eth0 netns $1; ip addr add 192.0.2.10 peer $2 dev to-$1
		ip link set to-$1 up; ip -n $1 addr add $2 peer 192.0.2.10 dev eth0; ip -n $1 link set eth0 up; ip -n $1 link set lo up; }
	space desk 198.51.100.21; space mirror 203.0.113.20
	echo "203.0.113.20 deb.example" >>/etc/hosts; echo "192.0.2.10 fleet.example" >>/etc/hosts
	echo "deb [trusted=yes] http://deb.example/debian ./" >/etc/apt/sources.list
	systemd-run -q --unit mirror -p NetworkNamespacePath=/run/netns/mirror python3 -m http.server -d /host 80
	for user in alice bob; do useradd -m -s /bin/bash $user; done
	echo bob:correct-horse-battery-staple | chpasswd
	echo "alice ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/alice; usermod -aG adm,systemd-journal alice
	mkdir -p /root/desk; ssh-keygen -qt ed25519 -N "" -f /root/desk/alice
	install -d -m 700 -o alice -g alice /home/alice/.ssh
	install -m 600 -o alice -g alice /root/desk/alice.pub /home/alice/.ssh/authorized_keys
	printf "#!/bin/sh\necho \"\$PASSWORD\"\n" >/root/desk/askpass; chmod 755 /root/desk/askpass'
guard_install box
guard_conf box <<-'END'
	[process]
	enabled = yes
	[network]
	enabled = yes
	[files]
	enabled = yes
	[sessions]
	enabled = yes
	[devices]
	enabled = yes
	[firewall]
	enabled = yes
	[exposure]
	enabled = yes
END
must 'set -ex
	caltrop-server init --dir /srv/fleet --name fleet.example >/root/init 2>&1
	sed -i "s/^\[api\]\$/&\nsecond_factor = no/" /srv/fleet/server.conf
	systemd-run -q --unit fleet caltrop-server run --dir /srv/fleet
	timeout 60 sh -c "until ss -Hltn | grep -q :8444; do sleep 0.5; done"
	grep -oiP "password:?\s+\K\S+" /root/init | head -n 1 >/root/first; echo a-new-password-for-the-admin >/root/second
	caltrop login --server https://localhost:8444 --ca /srv/fleet/ca.pem --user admin --password-file /root/first \
		--new-password-file /root/second
	caltrop token create >/root/token'
guard_up box
must 'caltrop enroll --token-file /root/token'
must 'timeout 120 sh -c "until caltrop device list --json | grep -q \"connected\\\":true\"; do sleep 1; done"'
said 'caltrop local health' >"$folder/health.before"
ok "the machine is up, the guard in it and the service beside it"

# --- the hour ---

begun=$(said 'date -u +%Y-%m-%dT%H:%M:%SZ')
must "systemd-run -q --unit hour -p StandardOutput=file:/root/hour.out -p StandardError=file:/root/hour.out -E USE_SECONDS=${USE_SECONDS:-3600} bash /host/use.sh"
until said 'tail -n 1 /run/hour; ! systemctl is-active --quiet hour' >"$folder/at"; do sleep 30; done
said 'cat /run/hour' >"$folder/stages"
said 'cat /root/hour.out' >"$folder/use.out"
said 'sleep 15; caltrop local health' >"$folder/health"
said 'caltrop local rules --json' >"$folder/rules.json"
said 'caltrop incident list --limit 0 --json' >"$folder/incidents"
# Log-ins are in the journal, from which they came.
said "caltrop event list --sigma --limit 0 --since $begun | grep -v '\"category\":\"auth\"' | gzip -n9" >"$folder/events.jsonl.gz"
said "TZ=UTC journalctl -q -o short-iso-precise --since '$(date -ud "$begun" '+%F %T')' | gzip -n9" >"$folder/log.gz"
ok "recorded: $(zcat "$folder/events.jsonl.gz" | wc -l) events, $(zcat "$folder/log.gz" | wc -l) lines of the journal"
