# SPDX-License-Identifier: Apache-2.0
# The layer alone changes nothing; the feature `caltrop` of the distribution has the kernel be what the guard needs.
FILESEXTRAPATHS:prepend := "${THISDIR}/files:"
SRC_URI:append = "${@bb.utils.contains('DISTRO_FEATURES', 'caltrop', ' file://caltrop.cfg', '', d)}"
