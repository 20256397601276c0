#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the disk and the kernels that every machine starts from, and prints their folder: image.sh DIR
# Debian 12 with its own kernels, from the mirror that this machine's apt uses. The folder's name is the hash of the
# recipe, so a changed recipe is a new image. Needs root for debootstrap. The cloud kernel has NVMe and ext4 built in, so it
# boots without an initrd; the general one takes longer, and has USB.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)/image-$(cat "$0" "$here"/image/* | sha256sum | cut -c 1-16)
suite=bookworm
megabytes=1400

packages=systemd,systemd-sysv,libpam-systemd,dbus,udev,kmod,auditd,openssh-server,openssh-client,nftables,iproute2
packages=$packages,procps,strace,python3-minimal,initramfs-tools-core
# What the guard, its helper, its command line and the service are linked with.
packages=$packages,libuv1,libprotobuf-c1,libmbedtls14,libmbedx509-1,libmbedcrypto7,libjansson4,libsqlite3-0,libsodium23
packages=$packages,libyaml-0-2,libbpf1,libcurl4

exec 9>"$dir.lock"
flock 9
[ ! -e "$dir/.ready" ] || { echo "$dir"; exit 0; }
[ "$(id -u)" = 0 ] || { echo 'image: needs root for debootstrap' >&2; exit 1; }
rm -rf "$dir"
mkdir -p "$dir/root"
root=$dir/root

# shellcheck disable=SC2016 # apt's own variables
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' |
	awk '$2 == "Debian" && $3 == "main" && !/security/ { print $1; exit }')
[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
debootstrap --variant=minbase --include=$packages $suite "$root" "$mirror" >"$dir/log" 2>&1 || {
	tail -n 20 "$dir/log" >&2
	exit 1
}

# Kernels are unpacked, not installed: their maintainer scripts would want a boot loader.
apt-config dump | grep -iE '^Acquire::.*proxy' >"$root/etc/apt/apt.conf.d/90proxy" || :
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# shellcheck disable=SC2016 # for the inner shell
chroot "$root" sh -euc '
	for kernel in cloud-amd64 amd64; do
		mkdir -p /tmp/$kernel && cd /tmp/$kernel
		package=$(apt-cache depends linux-image-$kernel | sed -n "s/.*Depends: \(linux-image-.*\)/\1/p" | head -n 1)
		apt-get -q -o APT::Sandbox::User=root download "$package"
		dpkg-deb -x linux-image-*.deb .
	done
' >>"$dir/log" 2>&1 </dev/null

# kernel PACKAGE TO: its modules into the disk, itself into the folder TO; `version` is its version.
kernel()
{
	version=$(ls "$root/tmp/$1/lib/modules")
	mkdir -p "$2" "$root/usr/lib/modules"
	mv "$root/tmp/$1/boot/vmlinuz-$version" "$2/vmlinuz"
	mv "$root/tmp/$1/boot/config-$version" "$2/config"
	mv "$root/tmp/$1/lib/modules/$version" "$root/usr/lib/modules/"
}
kernel cloud-amd64 "$dir"
chroot "$root" depmod "$version"
kernel amd64 "$dir/general"
# Of its drivers, which take 300 MB, those that such a machine can use.
(
	cd "$root/usr/lib/modules/$version/kernel"
	find drivers -mindepth 1 -maxdepth 1 | grep -vxE 'drivers/(block|char|hid|input|md|net|nvme|scsi|usb|virtio)' | xargs rm -rf
	find drivers/net drivers/scsi -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
	rm -rf sound
)
chroot "$root" depmod "$version"
echo MODULES=list >"$root/etc/initramfs-tools/conf.d/list"
printf '%s\n' nvme ext4 >"$root/etc/initramfs-tools/modules"
cp "$dir/general/config" "$root/boot/config-$version"
chroot "$root" mkinitramfs -c gzip -o /tmp/initrd "$version" >>"$dir/log" 2>&1 </dev/null
mv "$root/tmp/initrd" "$dir/general/initrd"

# One account with a password, and what runs a test's commands.
chroot "$root" useradd -m -N -g operator -s /bin/bash operator
echo operator:correct-horse-battery-staple | chroot "$root" chpasswd
install -D -m 755 "$here/image/agent" "$root/usr/lib/boot/agent"
install -m 644 "$here/image/boot-agent.service" "$here/image/boot-shell.service" "$root/etc/systemd/system/"
install -m 644 "$here/image/90-boot.rules" "$root/etc/udev/rules.d/"
# What only costs time here.
systemctl --root="$root" -q enable boot-shell.service
systemctl --root="$root" -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service fstrim.timer getty@tty1.service serial-getty@ttyS0.service systemd-hwdb-update.service
echo machine >"$root/etc/hostname"
printf '127.0.0.1 localhost machine\n::1 localhost\n' >"$root/etc/hosts"
mkdir "$root/host"

rm -rf "$root"/tmp/*amd64 "$root/var/cache/apt/archives" "$root/etc/resolv.conf" "$root/etc/apt/apt.conf.d/90proxy"
rm -rf "$root/var/lib/apt/lists" "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/locale
mke2fs -q -t ext4 -L root -d "$root" "$dir/root.img" ${megabytes}M >>"$dir/log"
rm -rf "$root"
: >"$dir/.ready"
echo "$dir"
