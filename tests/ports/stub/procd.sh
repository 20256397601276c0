# SPDX-License-Identifier: Apache-2.0
# Stands for OpenWrt's rc.common, procd.sh and functions.sh: says one line for each call, and reads the settings of
# $UCI_EXPORT as config_load does.
# shellcheck shell=dash disable=SC2034
procd_open_instance() { echo "instance $1"; }
procd_close_instance() { echo end; }
procd_set_param() { echo "  $*"; }
procd_add_reload_trigger() { echo "reload when $1 changes"; }
config_load() { loaded=$1; }
# config_get VARIABLE SECTION OPTION [DEFAULT]
config_get() {
	_found=$(awk -v section="'$2'" -v option="$3" '
		$1 == "config" { inside = $3 == section }
		inside && $1 == "option" && $2 == option { gsub(/^[^'\'']*'\''|'\''$/, ""); print; exit }' "$UCI_EXPORT")
	eval "$1=\${_found:-\${4-}}"
}
config_get_bool() {
	config_get "$@"
	eval "case \$$1 in 1 | on | true | yes | enabled) $1=1 ;; *) $1=0 ;; esac"
}
