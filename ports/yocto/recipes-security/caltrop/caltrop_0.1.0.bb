# SPDX-License-Identifier: Apache-2.0
SUMMARY = "A tiny guard against guessed passwords and what follows"
DESCRIPTION = "Reads authentication logs, decides on the device and acts on it: bans an address in the kernel, \
resets a breached credential, and takes signed orders from a fleet's service."

require caltrop.inc
require caltrop-options.inc

inherit ptest

# tiny or default; PACKAGECONFIG answers what is asked of either, PACKAGECONFIG:pn-caltrop = "" asks nothing of it.
CALTROP_PROFILE ?= "default"

CALTROP_ANSWERS = "${@' '.join('CONFIG_%s=%s' % (n, d.getVar('CALTROP_' + n)) \
    for n in d.getVar('CALTROP_NUMBERS').split() if d.getVar('CALTROP_' + n))}"

do_configure() {
    oe_runmake ${CALTROP_PROFILE}_defconfig
    sed -n 's/^\([A-Z0-9_]*\) left .*/CONFIG_\1=n/p' ${S}/ports/yocto/options >>${B}/.config
    for answer in ${PACKAGECONFIG_CONFARGS} ${CALTROP_ANSWERS}; do
        echo "$answer" >>${B}/.config
    done
    oe_runmake olddefconfig
}

do_install:append() {
    install -d -m 0755 ${D}${localstatedir}/lib/caltrop
}

# The decoders of this build, on the device, against recorded logs.
do_install_ptest() {
    install -d ${D}${PTEST_PATH}/tests
    cp -R --no-preserve=ownership ${S}/tests/corpus ${D}${PTEST_PATH}/tests/
    install -m 0755 ${S}/ports/yocto/recipes-security/caltrop/files/run-ptest ${D}${PTEST_PATH}/run-ptest
}

USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system caltrop"
USERADD_PARAM:${PN} = "--system --gid caltrop --no-create-home --home-dir ${localstatedir}/lib/caltrop \
    --shell /sbin/nologin caltrop"

SYSTEMD_SERVICE:${PN} = "caltropd.service"
SYSTEMD_AUTO_ENABLE:${PN} = "enable"

INITSCRIPT_NAME = "caltropd"
INITSCRIPT_PARAMS = "defaults 08 92"

FILES:${PN} += "${nonarch_libdir}/sysusers.d ${nonarch_libdir}/tmpfiles.d"
CONFFILES:${PN} = "${sysconfdir}/caltrop/caltrop.conf"

RDEPENDS:${PN}-ptest += "diffutils gzip"
RRECOMMENDS:${PN} += "kernel-module-nf-tables kernel-module-nfnetlink"
