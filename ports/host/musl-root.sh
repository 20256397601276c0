#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Assembles what links the guard with musl, from Debian's source packages: musl-root.sh TRIPLET DIR SOURCES [FLAGS]
# DIR receives headers, static libraries and bin/musl-gcc, which is Debian's compiler for TRIPLET with musl in place of its
# own C library. SOURCES are those of sources.sh. Nothing but what is linked statically is built, all of it small and without
# assertions, as for firmware. FLAGS are for libraries that neither have assembler nor compute much.
set -eu
triplet=$1
mkdir -p "$2"
root=$(cd "$2" && pwd)
sources=$(cd "$3" && pwd)
stamp=$root/.built
cc=$root/bin/musl-gcc
flags='-Os -fPIC -ffunction-sections -fdata-sections -fstack-protector-strong -DNDEBUG'
also=${4-}
made="$(cksum <"$0") $also"
[ "$(cat "$stamp" 2>/dev/null)" != "$made" ] || exit 0
rm -f "$stamp"

# copy PACKAGE: its sources, to build in.
copy() {
	rm -rf "$root/src/$1"
	mkdir -p "$root/src" "$root/lib/pkgconfig" "$root/include"
	cp -r "$sources/$1" "$root/src/$1"
	cd "$root/src/$1"
}

# archive NAME FLAGS FILE... compiles files into a library.
archive() {
	name=$1
	more=$2
	shift 2
	mkdir -p objects
	for file; do
		# shellcheck disable=SC2086 # flags
		"$cc" $flags $more -c -o "objects/$(basename "$file" .c).o" "$file"
	done
	"$triplet-ar" rcs "$root/lib/lib$name.a" objects/*.o
}

# described PACKAGE LIBRARY VERSION: what pkg-config says of it.
described() {
	printf 'Name: %s\nDescription: built for musl\nVersion: %s\nCflags: -I%s/include\nLibs: -L%s/lib -l%s\n' \
		"$1" "$3" "$root" "$root" "$2" >"$root/lib/pkgconfig/$1.pc"
}

# version PACKAGE: upstream's, by Debian's changelog.
version() { sed -n '1s/^[^(]*(\([0-9]*:\)*\([0-9.]*\).*/\2/p' "$sources/$1/debian/changelog"; }

# The specs of musl's wrapper know no static program that can be loaded anywhere: it starts by rcrt1.o, and no loader.
libc() {
	copy musl
	CC=$triplet-gcc AR=$triplet-ar RANLIB=$triplet-ranlib CFLAGS=-Os ./configure --target="$triplet" --prefix="$root" \
		--syslibdir="$root/lib" --disable-shared --enable-wrapper=gcc
	make -j"$(nproc)" install
	sed -i -e 's|^%{!shared: \(.*\)/Scrt1.o}|%{static-pie:\1/rcrt1.o;!shared:\1/Scrt1.o}|' \
		-e 's|%{static:-static}|%{static:-static} %{static-pie:-static -pie --no-dynamic-linker -z text}|' \
		"$root/lib/musl-gcc.specs"
	# The kernel's headers are the same for every C library.
	for at in "/usr/$triplet/include" "/usr/include/$triplet" /usr/include; do
		for part in linux asm asm-generic mtd; do
			[ ! -d "$at/$part" ] || [ -e "$root/include/$part" ] || ln -s "$at/$part" "$root/include/$part"
		done
	done
}

uv() {
	copy libuv1
	others='aix|android|bsd|cygwin|darwin|fsevents|haiku|hurd|ibmi|kqueue|os390|qnx|sunos|sysinfo|posix-|no-|getentropy|fixes'
	# shellcheck disable=SC2046 # a list of files
	archive uv "$also -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc" src/*.c \
		$(find src/unix -name '*.c' | grep -vE "/[^/]*($others)")
	cp -r include/uv include/uv.h "$root/include"
	described libuv uv "$(version libuv1)"
}

protobuf() {
	copy protobuf-c
	archive protobuf-c "$also -DPACKAGE_VERSION=\"\" -DPACKAGE_STRING=\"\" -I." protobuf-c/protobuf-c.c
	mkdir -p "$root/include/protobuf-c"
	cp protobuf-c/protobuf-c.h "$root/include/protobuf-c"
	described libprotobuf-c protobuf-c "$(version protobuf-c)"
}

tls() {
	copy mbedtls
	make -j"$(nproc)" -C library CC="$cc" AR="$triplet-ar" CFLAGS="$flags" static
	cp library/libmbed*.a "$root/lib"
	cp -r include/mbedtls include/psa "$root/include"
}

zstd() {
	copy libzstd
	make -j"$(nproc)" -C lib CC="$cc" AR="$triplet-ar" CFLAGS="$flags" ZSTD_LEGACY_SUPPORT=0 ZSTD_NO_ASM=1 libzstd.a
	cp lib/libzstd.a "$root/lib"
	cp lib/zstd*.h "$root/include"
}

cmocka() {
	copy cmocka
	has='-DHAVE_INTTYPES_H -DHAVE_MALLOC_H -DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_STRSIGNAL -DHAVE_SIGLONGJMP'
	archive cmocka "$has -DHAVE_CLOCK_REALTIME -DHAVE_STRUCT_TIMESPEC -DHAVE_GCC_THREAD_LOCAL_STORAGE -Iinclude" src/cmocka.c
	cp include/*.h "$root/include"
	described cmocka cmocka "$(version cmocka)"
}

for part in libc uv protobuf tls zstd cmocka; do
	(set -eu && "$part") </dev/null
done
echo "$made" >"$stamp"
