#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The guard on a device's own kernel, emulated in software: check.sh PROCESSOR...
# It builds the default profile for that processor and makes of it, BusyBox, dropbear, ip and nft an initramfs for Debian's
# kernel. init says what is tried there. Nothing is installed: what is Debian's is unpacked below $DEPS.
set -u
here=$(cd "$(dirname "$0")" && pwd)
host=ports/host
stages=${STAGES:-first again lacking orders}
O=$(mkdir -p "$O" && cd "$O" && pwd)
passed=0
failed=0

# no WORD...: a failure that ends a processor.
no()
{
	echo "FAIL  $arch: $*"
	failed=$((failed + 1))
}

# debian: what is Debian's, its kernel included, unpacked in $debian.
debian()
{
	APT_OPTIONS=$($host/foreign.sh "$arch" "$debian.apt" bookworm)
	export APT_OPTIONS
	# shellcheck disable=SC2086 # options
	package=$(apt-cache $APT_OPTIONS depends "linux-image-$kernel" | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1)
	[ -n "$package" ] || { echo "no linux-image-$kernel in the archive"; return 1; }
	[ -e "$debian/.debs/$package.done" ] || rm -rf "$debian"
	# shellcheck disable=SC2086 # options
	programs=$(apt-get $APT_OPTIONS -s install --no-install-recommends busybox-static dropbear-bin iproute2 nftables </dev/null |
		awk '$1 == "Inst" { sub(/:.*/, "", $2); print $2 }')
	# shellcheck disable=SC2086 # a list
	$host/fetch.sh "$debian" "$package" $programs
}

# guard: the default profile, as `make install` has it, in $tree.
guard()
{
	make ${JOBS:+"$JOBS"} --no-print-directory "O=$out/build" "DEPS=$DEPS" "CROSS_COMPILE=$cross" "SYSROOT=$sysroot" \
		prefix=/usr default_defconfig all </dev/null &&
		make --no-print-directory "O=$out/build" "DESTDIR=$tree" prefix=/usr INIT=sysv install </dev/null
}

# libraries FILE...: what these need, and what that needs, into $tree/lib.
libraries()
{
	while [ $# -gt 0 ]; do
		for name in $(LC_ALL=C readelf -dl "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p; s|.*interpreter: .*/\(.*\)\]|\1|p'); do
			[ ! -e "$tree/lib/$name" ] || continue
			found=$(find "$sysroot/lib/$triplet" "$sysroot/usr/lib/$triplet" "$debian/lib" "$debian/usr/lib" -name "$name" |
				head -n 1)
			[ -n "$found" ] || { echo "no library $name, which $1 needs"; return 1; }
			cp -L "$found" "$tree/lib/$name"
			set -- "$@" "$tree/lib/$name"
		done
		shift
	done
}

# module NAME: its file and, before it, what it depends on, into $tree/modules; `order` has them as they are to be loaded.
module()
{
	for name in $(module_needs "$1") "$1"; do
		file=$(module_file "$name")
		[ -n "$file" ] && [ ! -e "$tree/modules/$name.ko" ] || continue
		cp "$file" "$tree/modules/$name.ko"
		echo "$name.ko" >>"$tree/modules/order"
	done
}
module_file() { find "$debian/lib/modules" -name "$(echo "$1" | sed 's/[-_]/[-_]/g').ko"; }
# module_needs NAME: all of them, the deepest first.
module_needs()
(
	file=$(module_file "$1")
	[ -n "$file" ] || exit 0
	for below in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr ',' ' '); do
		module_needs "$below"
		echo "$below"
	done
)

# image: the device's memory disk.
image()
{
	mkdir -p "$tree/bin" "$tree/lib" "$tree/modules" "$tree/etc/dropbear" "$tree/usr/bin" "$tree/usr/sbin"
	cp "$debian/bin/busybox" "$debian/bin/ip" "$tree/bin/"
	cp "$debian/usr/bin/dbclient" "$tree/usr/bin/"
	cp "$debian/usr/sbin/dropbear" "$debian/usr/sbin/nft" "$tree/usr/sbin/"
	cp "$here/init" "$tree/init"
	cp "$here/caltrop.conf" "$tree/etc/caltrop/caltrop.conf"
	rm -rf "$tree/usr/share/man"
	ln -s lib "$tree/lib64"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'admin:x:1000:1000:admin:/home/admin:/bin/sh' \
		'caltrop:x:100:100:guard:/var/lib/caltrop:/bin/false' >"$tree/etc/passwd"
	printf '%s\n' root:x:0: admin:x:1000: caltrop:x:100: >"$tree/etc/group"
	hash=$(openssl passwd -6 correct-horse-battery-staple)
	printf '%s\n' "root:$hash:19000:0:99999:7:::" "admin:$hash:19000:0:99999:7:::" >"$tree/etc/shadow"
	chmod 600 "$tree/etc/shadow"
	echo /bin/sh >"$tree/etc/shells"
	libraries "$tree"/bin/ip "$tree"/usr/bin/* "$tree"/usr/sbin/* "$tree"/usr/libexec/* || return 1
	: >"$tree/modules/order"
	for name in $(sed '/^#/d' "$here/modules"); do module "$name"; done
	(cd "$tree" && find . | busybox cpio -o -H newc -R 0:0 | gzip -1) >"$out/initramfs"
}

# emulator STAGE: plays the device until it ends; where the stage has a service, that starts the emulator.
emulator()
{
	stage=$1 more='' net=''
	set --
	case $stage in
	lacking) more='audit=0 lsm=yama' ;;
	orders)
		net="-netdev user,id=net -device virtio-net-${disk##*-},netdev=net"
		[ "$(id -u)" = 0 ] || set -- --map-root-user
		set -- unshare --net "$@" env "PATH=$O:$PATH" "$here/service.sh" "$out" "$out/$stage.console"
		;;
	esac
	# shellcheck disable=SC2086 # options
	timeout "${BOOT_SECONDS:-900}" "$@" "qemu-system-$qemu" $options -m 256 -nodefaults -no-user-config -display none \
		-monitor none -no-reboot -kernel "$(echo "$debian"/boot/vmlinu[xz]-*)" -initrd "$out/initramfs" \
		-append "console=$console quiet panic=-1 rdinit=/init stage=$stage now=$(date +%s) $more" \
		-drive "file=$out/disk,if=none,id=disk,format=raw,cache=unsafe" -device "$disk,drive=disk" $net \
		-serial "file:$out/$stage.console" </dev/null >"$out/$stage.qemu" 2>&1
}

# boot STAGE: counts what it said.
boot()
{
	[ "$1" = again ] || { rm -f "$out/disk"; truncate -s 64M "$out/disk"; mke2fs -q -t ext4 "$out/disk"; }
	: >"$out/service.log"
	emulator "$1" || echo "FAIL: qemu ended with status $?" >>"$out/$1.console"
	cat "$out/service.log" >>"$out/$1.console"
	tr -d '\r' <"$out/$1.console" >"$out/$1.log"
	bad=$(grep -c '^FAIL: ' "$out/$1.log")
	good=$(grep -c '^ok: ' "$out/$1.log")
	[ "$good" -gt 0 ] && grep -q '^PSS: ' "$out/$1.log" || bad=$((bad > 0 ? bad : 1))
	echo "$arch $1: $good passed, $bad failed; $(sed -n 's/^\(PSS\|kernel\): //p' "$out/$1.log" | paste -sd';')"
	[ "$bad" = 0 ] || tail -n 40 "$out/$1.log" | sed 's/^/      | /'
	passed=$((passed + good))
	failed=$((failed + bad))
}

if [ ! -x "$O/caltrop-server" ]; then
	echo "skip  orders, since $O has no caltrop-server"
	stages=$(echo "$stages" | sed 's/orders//')
fi
for arch; do
	row=$(awk -v arch="$arch" '$1 == arch' "$here/machines")
	if [ -z "$row" ]; then
		no "no such device; there are $(sed '/^#/d; s/ .*//' "$here/machines" | paste -sd' ')"
		continue
	fi
	# shellcheck disable=SC2034 # what a row begins with
	read -r name kernel qemu console disk options <<-END
		$row
	END
	triplet=$(awk -v arch="$arch" '$1 == arch { print $2 }' $host/processors)
	# This machine's own processor has this machine's compiler and libraries.
	cross=$triplet- sysroot=$DEPS/sysroot-$arch
	[ "$arch" != "$(dpkg --print-architecture)" ] || cross='' sysroot=''
	if ! command -v "${cross}gcc" >/dev/null || ! command -v "qemu-system-$qemu" >/dev/null; then
		no "no ${cross}gcc or qemu-system-$qemu; as root: $host/deps.sh $DEPS build test device cross-$arch device-$arch"
		continue
	fi
	out=$O/device/$arch
	tree=$out/tree
	debian=$DEPS/device-$arch
	rm -rf "$tree"
	mkdir -p "$tree"
	for part in debian sysroot guard image; do
		case $part in
		sysroot) [ -z "$sysroot" ] || $host/sysroot.sh "$arch" "$sysroot" bookworm ;;
		*) $part ;;
		esac >"$out/$part.log" 2>&1 && continue
		tail -n 20 "$out/$part.log" | sed 's/^/      | /'
		no "$part; see $out/$part.log"
		continue 2
	done
	for stage in $stages; do boot "$stage"; done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
