# SPDX-License-Identifier: Apache-2.0
SUMMARY = "The service that Caltrop's guards of a fleet answer to"
DESCRIPTION = "Enrols devices, keeps what they tell and carries signed orders to them. Its command line is a desk's, \
and is built there."

require caltrop.inc

DEPENDS += "protobuf-c protobuf-c-native sqlite3 jansson libsodium curl"

# The folder of llhttp's C sources, which it parses HTTP with and no layer has.
CALTROP_LLHTTP ?= ""

# An image may have the guard, too: what both would install has a place of its own.
EXTRA_OEMAKE += "LLHTTP_DIR=${CALTROP_LLHTTP} libexecdir=${libexecdir}/caltrop-server"

do_configure() {
    [ -n "${CALTROP_LLHTTP}" ] || bbfatal "set CALTROP_LLHTTP to the folder of llhttp's C sources"
    oe_runmake full_defconfig
    echo CONFIG_AGENT=n >>${B}/.config
    echo CONFIG_CLI_FLEET=n >>${B}/.config
    oe_runmake olddefconfig
}

# The user is made by useradd.
do_install:append() {
    rm -rf ${D}${nonarch_libdir}/sysusers.d ${D}${nonarch_libdir}/tmpfiles.d
}

USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system caltrop-server"
USERADD_PARAM:${PN} = "--system --gid caltrop-server --no-create-home --home-dir ${localstatedir}/lib/caltrop-server \
    --shell /sbin/nologin caltrop-server"

# A fleet is made first, by `caltrop-server init`.
SYSTEMD_SERVICE:${PN} = "caltrop-server.service"
SYSTEMD_AUTO_ENABLE:${PN} = "disable"

INITSCRIPT_NAME = "caltrop-server"
INITSCRIPT_PARAMS = "defaults 30 70"

FILES:${PN} += "${datadir}/caltrop"
